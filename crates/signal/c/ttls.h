/* The signaling channel of ttls for C programs. Made from crates/signal/c/src/lib.rs; do not edit. */

#ifndef TTLS_H
#define TTLS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 `TTLSi_Ver`: the only version of the block.
 */
#define TTLS_VERSION1 1

/*
 Room for a name, with its NUL.
 */
#define TTLS_NAME_MAX 64

/*
 `TTLSi_Req_Type`: answer, change nothing.
 */
#define TTLS_QUERY_ONLY 0

/*
 `TTLSi_Req_Type`: copy the partner's certificate (DER) to TTLSi_BufferPtr.
 */
#define TTLS_RETURN_CERTIFICATE 1

/*
 `TTLSi_Req_Type`: start TLS.
 */
#define TTLS_INIT_CONNECTION 2

/*
 `TTLSi_Req_Type`: nobody can resume the session any more.
 */
#define TTLS_RESET_SESSION 4

/*
 `TTLSi_Req_Type`: new keys for both directions.
 */
#define TTLS_RESET_CIPHER 8

/*
 `TTLSi_Req_Type`: end TLS, go on in clear.
 */
#define TTLS_STOP_CONNECTION 16

/*
 `TTLSi_Req_Type`, with TTLS_INIT_CONNECTION: a peer that does not start TLS in time keeps its connection, in clear.
 */
#define TTLS_ALLOW_HSTIMEOUT 32

/*
 `TTLSi_Req_Type`: a new key for what is sent.
 */
#define TTLS_RESET_WRITE_CIPHER 64

/*
 `TTLSi_Req_Type`: give the client one more ticket.
 */
#define TTLS_SEND_SESSION_TICKET 128

/*
 `TTLSi_Options`: stopping waits up to a second for the peer's close_notify before ours.
 */
#define TTLS_PEER_CLOSES_FIRST 2

/*
 `TTLSi_Stat_Policy`.
 */
#define TTLS_POL_OFF 1

/*
 `TTLSi_Stat_Policy`.
 */
#define TTLS_POL_NO_POLICY 2

/*
 `TTLSi_Stat_Policy`.
 */
#define TTLS_POL_NOT_ENABLED 3

/*
 `TTLSi_Stat_Policy`.
 */
#define TTLS_POL_ENABLED 4

/*
 `TTLSi_Stat_Policy`.
 */
#define TTLS_POL_APPLCNTRL 5

/*
 `TTLSi_Stat_Conn`.
 */
#define TTLS_CONN_NOTSECURE 1

/*
 `TTLSi_Stat_Conn`.
 */
#define TTLS_CONN_HS_INPROGRESS 2

/*
 `TTLSi_Stat_Conn`.
 */
#define TTLS_CONN_SECURE 3

/*
 `TTLSi_SSL_Prot`.
 */
#define TTLS_PROT_TLSV1_2 771

/*
 `TTLSi_SSL_Prot`.
 */
#define TTLS_PROT_TLSV1_3 772

/*
 The parameter block of a request. Zero it, then set TTLSi_Size, TTLSi_Ver and what the request needs.
 */
typedef struct TTLS_IOCTL {
  /*
   in: sizeof(TTLS_IOCTL).
   */
  uint32_t TTLSi_Size;
  /*
   in: TTLS_VERSION1.
   */
  uint8_t TTLSi_Ver;
  /*
   out: TTLS_POL_...
   */
  uint8_t TTLSi_Stat_Policy;
  /*
   out: TTLS_CONN_...
   */
  uint8_t TTLSi_Stat_Conn;
  /*
   out: 0 unknown, 1 client, 2 server, 3 to 5 server with client authentication.
   */
  uint8_t TTLSi_Sec_Type;
  /*
   in: what to do, TTLS_QUERY_ONLY or a sum.
   */
  uint32_t TTLSi_Req_Type;
  /*
   in: TTLS_PEER_CLOSES_FIRST or 0.
   */
  uint32_t TTLSi_Options;
  /*
   out: TTLS_PROT_..., 0 for none.
   */
  uint16_t TTLSi_SSL_Prot;
  /*
   out: why errno was set (docs/signaling.md).
   */
  uint16_t TTLSi_Reason;
  /*
   out: 1 where the fields hold, 0 where they are not known.
   */
  uint8_t TTLSi_Valid;
  /*
   out: 0 off.
   */
  uint8_t TTLSi_FIPS140;
  /*
   out: whether the certificate is one of TTLSi_HostPtr: 0 yes, 1 no certificate, 2 no, 3 and 4 cannot say; 255 not asked.
   */
  uint8_t TTLSi_Host_Status;
  /*
   out: "4X" where TTLSi_Neg_Cipher4 has the suite.
   */
  char TTLSi_Neg_Cipher[3];
  /*
   out: the suite, four hexadecimal digits.
   */
  char TTLSi_Neg_Cipher4[5];
  /*
   out: the key exchange group, four decimal digits.
   */
  char TTLSi_Neg_KeyShare[5];
  /*
   out: user that the partner's certificate is mapped to.
   */
  char TTLSi_UserID[TTLS_NAME_MAX];
  /*
   out: name of the rule.
   */
  char TTLSi_Rule[TTLS_NAME_MAX];
  /*
   out: name of the group action.
   */
  char TTLSi_Group[TTLS_NAME_MAX];
  /*
   out: name of the environment action.
   */
  char TTLSi_Environment[TTLS_NAME_MAX];
  /*
   out: name of the connection action.
   */
  char TTLSi_Connection[TTLS_NAME_MAX];
  /*
   in: a host name, or NULL.
   */
  const char *TTLSi_HostPtr;
  /*
   in: where the certificate goes, with TTLS_RETURN_CERTIFICATE; else NULL.
   */
  unsigned char *TTLSi_BufferPtr;
  /*
   in: its length.
   */
  uint32_t TTLSi_BufferLen;
  /*
   out: length of the partner's certificate, 0 for none.
   */
  uint32_t TTLSi_Cert_Len;
} TTLS_IOCTL;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Connects to the agent: at `path`, or where TTLS_CONTROL says, or at /run/ttls/control where `path` is NULL.
 Returns a descriptor to be closed with close(2), or -1 and errno. Use one per thread.

 # Safety
 `path` is NULL or points to a NUL-terminated text.
 */
int ttls_open(const char *path);

/*
 Asks about the connected TCP socket `socket`. Waits until the operation has ended, unless the socket has
 O_NONBLOCK: TTLS_INIT_CONNECTION and TTLS_STOP_CONNECTION then fail with EINPROGRESS where they have begun, and
 ttls_result() gets the end when `channel` is readable; use a channel of its own for such a connection.
 Returns 0, or -1 and errno.

 # Safety
 `block` points to a block whose TTLSi_Size, TTLSi_HostPtr, TTLSi_BufferPtr and TTLSi_BufferLen hold; `channel` is one of
 ttls_open() and `socket` an open descriptor.
 */
int ttls_control(int channel,
                 int socket,
                 struct TTLS_IOCTL *block);

/*
 Waits for the end of an operation that ttls_control() has begun on `channel` (EINPROGRESS).
 Returns 0, or -1 and errno.

 # Safety
 As for ttls_control().
 */
int ttls_result(int channel, struct TTLS_IOCTL *block);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* TTLS_H */
