#!/usr/bin/env python3
"""A meter in a few lines of Python, by ctypes: the same as meter.c.

usage: meter.py decode PROTOCOL FILE            every message of a capture
       meter.py read PROTOCOL PORT [ADDRESS]    one reading of one meter

LIBOHMSTEAD names the library where it is not installed."""
import ctypes
import json
import os
import sys

OK, MORE, END = 0, 1, 2


class Error(ctypes.Structure):
    """ohmstead_error"""
    _fields_ = [("size", ctypes.c_size_t), ("code", ctypes.c_int32), ("offset", ctypes.c_uint64),
                ("text", ctypes.c_char * 256)]

    def __init__(self):
        super().__init__(size=ctypes.sizeof(Error))

    def __str__(self):
        return self.text.decode()


class Options(ctypes.Structure):
    """ohmstead_options"""
    _fields_ = [("size", ctypes.c_size_t), ("protocol", ctypes.c_char_p),
                ("key", ctypes.c_char_p), ("key_len", ctypes.c_size_t),
                ("auth_key", ctypes.c_char_p), ("auth_key_len", ctypes.c_size_t),
                ("system_title", ctypes.c_char_p), ("profile", ctypes.c_char_p),
                ("profiles", ctypes.c_char_p), ("timezone", ctypes.c_char_p),
                ("port", ctypes.c_char_p), ("baud", ctypes.c_uint32),
                ("framing", ctypes.c_char_p), ("address", ctypes.c_char_p),
                ("password", ctypes.c_char_p), ("settings", ctypes.c_char_p),
                ("drop_echo", ctypes.c_int32), ("timeout_ms", ctypes.c_int32),
                ("state", ctypes.c_char_p)]

    def __init__(self, **given):
        super().__init__(size=ctypes.sizeof(Options), **given)


def library():
    lib = ctypes.CDLL(os.environ.get("LIBOHMSTEAD", "libohmstead.so.0"))
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    out, error, options = (ctypes.POINTER(pointer), ctypes.POINTER(Error),
                           ctypes.POINTER(Options))
    lib.ohmstead_decoder_new.argtypes = [options, out, error]
    lib.ohmstead_decoder_push.argtypes = [pointer, ctypes.c_char_p, size, error]
    lib.ohmstead_decoder_next.argtypes = [pointer, out, error]
    lib.ohmstead_decoder_finish.argtypes = [pointer]
    lib.ohmstead_decoder_free.argtypes = [pointer]
    lib.ohmstead_read.argtypes = [options, out, error]
    lib.ohmstead_message_json.argtypes = [pointer]
    lib.ohmstead_message_json.restype = ctypes.c_char_p
    lib.ohmstead_message_following.argtypes = [pointer]
    lib.ohmstead_message_following.restype = pointer
    lib.ohmstead_message_free.argtypes = [pointer]
    return lib


def said(lib, message):
    """A message as a dictionary: its "values", and its answers ("1.8.0": 1234.567)."""
    return json.loads(lib.ohmstead_message_json(message))


def drain(lib, decoder):
    """What the decoder has to say so far: dictionaries, and errors."""
    while True:
        message, error = ctypes.c_void_p(), Error()
        code = lib.ohmstead_decoder_next(decoder, ctypes.byref(message), ctypes.byref(error))
        if code in (MORE, END):
            return
        if code == OK:
            yield said(lib, message)
            lib.ohmstead_message_free(message)
        else:
            yield error


def decode(lib, protocol, pieces):
    decoder, error = ctypes.c_void_p(), Error()
    options = Options(protocol=protocol.encode())
    if lib.ohmstead_decoder_new(ctypes.byref(options), ctypes.byref(decoder),
                                ctypes.byref(error)) != OK:
        raise ValueError(str(error))
    for piece in pieces:
        if lib.ohmstead_decoder_push(decoder, piece, len(piece), ctypes.byref(error)) != OK:
            raise ValueError(str(error))
        yield from drain(lib, decoder)
    lib.ohmstead_decoder_finish(decoder)
    yield from drain(lib, decoder)
    lib.ohmstead_decoder_free(decoder)


def read(lib, protocol, port, address=None):
    """One reading: a list of dictionaries."""
    message, error = ctypes.c_void_p(), Error()
    options = Options(protocol=protocol.encode(), port=port.encode(), timeout_ms=30000,
                      address=address.encode() if address else None)
    if lib.ohmstead_read(ctypes.byref(options), ctypes.byref(message), ctypes.byref(error)) != OK:
        raise OSError(str(error))
    found, at = [], message.value
    while at:
        found.append(said(lib, at))
        at = lib.ohmstead_message_following(at)
    lib.ohmstead_message_free(message)
    return found


def main(words):
    lib, status = library(), 0
    if len(words) == 3 and words[0] == "decode":
        with open(words[2], "rb") as file:
            for each in decode(lib, words[1], iter(lambda: file.read(4096), b"")):
                if isinstance(each, Error):
                    print(f"at byte {each.offset}: {each}", file=sys.stderr)
                    status = 1
                else:
                    print(json.dumps(each))
        return status
    if len(words) in (3, 4) and words[0] == "read":
        try:
            for each in read(lib, *words[1:]):
                print(json.dumps(each))
        except OSError as error:
            print(f"{words[2]}: {error}", file=sys.stderr)
            return 1
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
