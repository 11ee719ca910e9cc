/* A line service with STARTTLS that has no TLS library: it asks ttls for TLS on its connection.
 *
 *     cc -o starttls starttls.c $(pkg-config --cflags --libs ttls)
 *     ttls run --policy starttls.ttls --publish 2525:2525 -- ./starttls 2525
 *
 * STARTTLS and STOPTLS switch, STATUS tells, any other line comes back.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ttls.h"

static void say(int connection, const char *text)
{
    if (write(connection, text, strlen(text)) < 0)
        exit(1);
}

/* One byte at a time, so that nothing behind the line is taken: it may belong to TLS. */
static int read_line(int connection, char *line, size_t room)
{
    size_t length = 0;
    while (length + 1 < room && read(connection, line + length, 1) == 1) {
        if (line[length] == '\n') {
            line[length] = '\0';
            return 1;
        }
        length++;
    }
    return 0;
}

static int request(int channel, int connection, uint32_t what, TTLS_IOCTL *block)
{
    memset(block, 0, sizeof *block);
    block->TTLSi_Size = sizeof *block;
    block->TTLSi_Ver = TTLS_VERSION1;
    block->TTLSi_Req_Type = what;
    return ttls_control(channel, connection, block);
}

static void serve(int channel, int connection)
{
    char line[512], reply[600];
    TTLS_IOCTL block;
    say(connection, "220 ready\n");
    while (read_line(connection, line, sizeof line)) {
        if (strcmp(line, "STARTTLS") == 0) {
            say(connection, "220 go ahead\n");
            if (request(channel, connection, TTLS_INIT_CONNECTION, &block) != 0)
                return perror("starting TLS");
        } else if (strcmp(line, "STOPTLS") == 0) {
            say(connection, "220 back to clear\n");
            if (request(channel, connection, TTLS_STOP_CONNECTION, &block) != 0)
                return perror("stopping TLS");
        } else if (strcmp(line, "STATUS") == 0) {
            if (request(channel, connection, TTLS_QUERY_ONLY, &block) != 0)
                return perror("asking");
            snprintf(reply, sizeof reply, "220 %s %04X %s %s\n",
                     block.TTLSi_Stat_Conn == TTLS_CONN_SECURE ? "secure" : "clear",
                     block.TTLSi_SSL_Prot, block.TTLSi_Neg_Cipher4, block.TTLSi_Rule);
            say(connection, reply);
        } else {
            snprintf(reply, sizeof reply, "250 %s\n", line);
            say(connection, reply);
        }
    }
}

int main(int count, char **words)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int listener = socket(AF_INET, SOCK_STREAM, 0), channel = ttls_open(NULL);
    if (channel < 0)
        return perror("signaling channel"), 1;
    address.sin_port = htons(count > 1 ? atoi(words[1]) : 2525);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0)
        return perror("listening"), 1;
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            return perror("accepting"), 1;
        serve(channel, connection);
        close(connection);
    }
}
