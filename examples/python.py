"""The ring from Python, by ctypes alone: one stage is a callback, the other a poller. Run it with `cargo xtask python`.

    producer (a Python thread) ──► ring ──► shout (a thread of the library's) ──► poller (the main thread)

Structs are those of disruptor.h, field by field. What the library calls, here `shout`, has to be kept alive until the
disruptor is closed. Calls give up Python's lock while they wait, so threads that wait for each other do no harm.
"""
import sys
import threading
from ctypes import CDLL, CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from ctypes import memmove, sizeof, string_at

LINES = 20000
FOREVER = c_uint64(2**64 - 1)
CLOSED = 7


class Element(Structure):
    _fields_ = [("data", c_void_p), ("len", c_size_t)]


class Batch(Structure):
    _fields_ = [("elements", POINTER(Element)), ("count", c_size_t), ("first_sequence", c_uint64)]
    _fields_ += [("backlog", c_uint64), ("span", c_void_p), ("stride", c_size_t), ("length", c_size_t)]


OnBatch = CFUNCTYPE(c_int32, c_void_p, POINTER(Batch))


class ConsumerConfig(Structure):
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("on_batch", OnBatch), ("on_start", c_void_p)]
    _fields_ += [("on_close", c_void_p), ("user_data", c_void_p), ("depends_on", POINTER(c_uint32))]
    _fields_ += [("depends_on_count", c_size_t), ("min_batch", c_size_t), ("linger_ns", c_uint64)]
    _fields_ += [("max_batch", c_size_t), ("cpu", c_int32), ("group", c_uint32), ("flags", c_uint64)]


lib = CDLL(sys.argv[1])
lib.disruptor_last_error.restype = c_char_p
lib.disruptor_status_name.restype = c_char_p
lib.disruptor_produce_one.argtypes = [c_void_p, c_char_p, c_size_t]
lib.disruptor_poller_release.argtypes = [c_void_p, c_size_t]


def check(status):
    if status != 0:
        raise RuntimeError((lib.disruptor_status_name(status) + b": " + lib.disruptor_last_error()).decode())


def consumer(name):
    config = ConsumerConfig()
    lib.disruptor_consumer_config_init(byref(config))
    assert config.struct_size == sizeof(ConsumerConfig), "these structs are of another version"
    config.name = name
    return config


@OnBatch
def shout(_, batch):
    for element in batch[0].elements[: batch[0].count]:
        memmove(element.data, string_at(element.data, element.len).upper(), element.len)
    return 0


def produce(ring):
    try:
        for number in range(LINES):
            line = b"line %d" % number
            check(lib.disruptor_produce_one(ring, line, len(line)))
    finally:
        check(lib.disruptor_close(ring, FOREVER))  # waits for `shout`; then the poller gets the rest, and the end


ring, poller, stage = c_void_p(), c_void_p(), c_uint32()
check(lib.disruptor_create(None, byref(ring)))  # the defaults: 1024 slots of 64 bytes
config = consumer(b"shout")
config.on_batch = shout
check(lib.disruptor_register(ring, byref(config), byref(stage)))
config = consumer(b"main")
config.depends_on, config.depends_on_count = (c_uint32 * 1)(stage), 1
check(lib.disruptor_poller_create(ring, byref(config), byref(poller)))

producer = threading.Thread(target=produce, args=(ring,))
producer.start()
batch, lines = Batch(), []
while (status := lib.disruptor_poll(poller, FOREVER, byref(batch))) == 0:
    lines += [string_at(element.data, element.len) for element in batch.elements[: batch.count]]
    check(lib.disruptor_poller_release(poller, batch.count))
if status != CLOSED:  # that is the end
    check(status)
producer.join()
check(lib.disruptor_poller_destroy(poller))
check(lib.disruptor_destroy(ring))
assert lines == [b"LINE %d" % number for number in range(LINES)], "a line is missing, or in the wrong place"
print(f"{len(lines)} lines, the last one is {lines[-1].decode()}")
