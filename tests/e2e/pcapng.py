"""Reading the packets of a pcapng file (draft-ietf-opsawg-pcapng), as far as payload traces need it."""

import ipaddress
import struct
from collections import defaultdict
from dataclasses import dataclass

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
RAW_IP = 101
TCP = 6


@dataclass(frozen=True)
class Packet:
    """One TCP segment."""

    source: tuple
    destination: tuple
    sequence: int
    payload: bytes
    comment: str


def blocks(content):
    """Type and body of each block; fails where the lengths do not agree."""
    while content:
        kind, length = struct.unpack("<II", content[:8])
        assert content[length - 4 : length] == content[4:8], "the length at the end of a block"
        yield kind, content[8 : length - 4]
        content = content[length:]


def packets(path):
    """The TCP segments of a file, in order."""
    found = []
    for kind, body in blocks(path.read_bytes()):
        if kind == SECTION:
            assert struct.unpack("<IHH", body[:8]) == (0x1A2B3C4D, 1, 0)
        elif kind == INTERFACE:
            assert struct.unpack("<H", body[:2]) == (RAW_IP,)
        else:
            assert kind == PACKET
            captured, length = struct.unpack("<II", body[12:20])
            assert captured == length
            options = body[20 + -(-captured // 4) * 4 :]
            code, size = struct.unpack("<HH", options[:4])
            assert code == 1, "a comment"
            found.append(segment(body[20 : 20 + captured], options[4 : 4 + size].decode()))
    return found


def segment(packet, comment):
    """What an IP packet carries."""
    if packet[0] >> 4 == 4:
        header, protocol, addresses = (packet[0] & 15) * 4, packet[9], (packet[12:16], packet[16:20])
        assert struct.unpack(">H", packet[2:4])[0] == len(packet)
    else:
        header, protocol, addresses = 40, packet[6], (packet[8:24], packet[24:40])
        assert struct.unpack(">H", packet[4:6])[0] == len(packet) - 40
    assert protocol == TCP
    ports = struct.unpack(">HH", packet[header : header + 4])
    ends = [(str(ipaddress.ip_address(address)), port) for address, port in zip(addresses, ports, strict=True)]
    sequence = struct.unpack(">I", packet[header + 4 : header + 8])[0]
    return Packet(*ends, sequence, packet[header + (packet[header + 12] >> 4) * 4 :], comment)


def streams(path):
    """What each end said to each other one, by (source, destination); fails where a byte is missing."""
    said = defaultdict(bytes)
    for packet in packets(path):
        way = packet.source, packet.destination
        assert packet.sequence == 1 + len(said[way]), "no gap and no overlap"
        said[way] += packet.payload
    return said
