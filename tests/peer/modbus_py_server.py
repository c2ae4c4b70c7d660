"""A server built on pymodbus, for tests: a device like an SDM630 as unit 5.

usage: modbus_py_server.py tcp PORT | modbus_py_server.py DEVICE

Needs Debian's python3-pymodbus and python3-serial-asyncio. Says "up" before it serves; whoever
asks tries again until it does."""
import asyncio
import struct
import sys

from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext)
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer

FLOATS = {0: 230.1, 2: 231.2, 4: 229.9, 6: 1.5, 52: 1234.5, 70: 50.02, 72: 5432.1}


def registers():
    words = [0] * 400
    for address, value in FLOATS.items():
        words[address:address + 2] = struct.unpack(">HH", struct.pack(">f", value))
    return words


async def main():
    device = ModbusSlaveContext(ir=ModbusSequentialDataBlock(0, registers()), zero_mode=True)
    context = ModbusServerContext(slaves={5: device}, single=False)
    print("up", flush=True)
    if sys.argv[1] == "tcp":
        await StartAsyncTcpServer(context, address=("127.0.0.1", int(sys.argv[2])))
    else:
        await StartAsyncSerialServer(context, port=sys.argv[1], framer=ModbusRtuFramer,
                                     baudrate=19200, parity="N", stopbits=1, bytesize=8)


asyncio.run(main())
