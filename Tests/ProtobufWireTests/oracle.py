"""Python's protobuf as the judge of ProtobufWire. Nothing here knows a message: all comes from a FileDescriptorSet.

oracle.py generate SET SEED COUNT OUT   writes COUNT random messages of every type to OUT
oracle.py judge SET IN OUT              reads what Swift made of some bytes, prints one line for each disagreement, and
                                        writes to OUT the messages as Python serialises them

A record in these files: u32 length and name of the type, u32 length and bytes, verdict (u8), u32 length and bytes.
Verdicts: 0 rejected, 1 accepted, 2 rejected by a rule that Python does not have.
"""

import random
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory
from google.protobuf.descriptor import FieldDescriptor as Field

REJECTED, ACCEPTED, STRICTER = 0, 1, 2
TEXTS = ["", "a", "e\u0301", "\u00e9", "\x00", "🦊👩‍👩‍👧", "\uffff", "\U0010ffff", "fifteen bytes!!", "sixteen bytes!!!", "ß" * 70]
DOUBLES = [0.0, -0.0, 1.5, -1e308, 5e-324, float("inf"), float("-inf"), float("nan")]


def load(path):
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as file:
        files.ParseFromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    types = {}

    def add(descriptor):
        types[descriptor.full_name] = message_factory.GetMessageClass(descriptor)
        for nested in descriptor.nested_types:
            add(nested)

    for proto in files.file:
        pool.Add(proto)
    for proto in files.file:
        for descriptor in pool.FindFileByName(proto.name).message_types_by_name.values():
            add(descriptor)
    return types


def integer(rng, bits, signed):
    shape = rng.randrange(3)
    if shape == 0:
        value = rng.choice([0, 1, 127, 128, 300, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1])
    elif shape == 1:
        value = rng.getrandbits(rng.randrange(1, bits + 1))
    else:
        value = rng.randrange(1000)
    value &= 2**bits - 1
    return value - 2**bits if signed and value >= 2 ** (bits - 1) else value


def text(rng):
    if rng.random() < 0.5:
        return rng.choice(TEXTS)
    points = [chr(rng.choice([rng.randrange(128), rng.randrange(0xD800), rng.randrange(0xE000, 0x110000)]))
              for _ in range(rng.choice([1, 5, 14, 15, 16, 40, 300]))]
    return "".join(points)


def value(rng, field, depth):
    kind = field.type
    if kind == Field.TYPE_BOOL:
        return rng.random() < 0.5
    if kind in (Field.TYPE_INT32, Field.TYPE_UINT32):
        return integer(rng, 32, kind == Field.TYPE_INT32)
    if kind in (Field.TYPE_INT64, Field.TYPE_UINT64):
        return integer(rng, 64, kind == Field.TYPE_INT64)
    if kind == Field.TYPE_DOUBLE:
        bits = struct.unpack("<d", rng.randbytes(8))[0]
        return rng.choice(DOUBLES) if rng.random() < 0.5 else bits
    if kind == Field.TYPE_STRING:
        return text(rng)
    if kind == Field.TYPE_BYTES:
        return rng.randbytes(rng.choice([0, 1, 7, 127, 128, 1000]))
    if kind == Field.TYPE_ENUM:
        known = rng.choice(field.enum_type.values).number
        return known if rng.random() < 0.8 else integer(rng, 32, True)
    raise AssertionError(f"{field.full_name}: the generator of random messages does not know type {kind}")


def is_repeated(field):
    # Older releases know only the label, newer ones warn about it.
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == Field.LABEL_REPEATED


def fill(rng, target, depth=0):
    chosen = {oneof.name: rng.choice(oneof.fields) for oneof in target.DESCRIPTOR.oneofs}
    # Deep messages get sparse, or one of them would be megabytes.
    density = rng.choice([0.1, 0.6, 1.0]) / (1 + depth)
    for field in target.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        if rng.random() > density or (oneof is not None and chosen[oneof.name] != field):
            continue
        if is_repeated(field):
            for _ in range(rng.choice([1, 2, 5] if field.type == Field.TYPE_MESSAGE else [1, 3, 200])):
                if field.type == Field.TYPE_MESSAGE:
                    fill(rng, getattr(target, field.name).add(), depth + 1)
                else:
                    getattr(target, field.name).append(value(rng, field, depth))
        elif field.type == Field.TYPE_MESSAGE:
            getattr(target, field.name).SetInParent()
            fill(rng, getattr(target, field.name), depth + 1)
        else:
            setattr(target, field.name, value(rng, field, depth))


def write_record(out, name, data, verdict=ACCEPTED, again=b""):
    encoded = name.encode()
    out.write(struct.pack("<I", len(encoded)) + encoded)
    out.write(struct.pack("<I", len(data)) + data)
    out.write(struct.pack("<BI", verdict, len(again)) + again)


def read_records(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 0

    def take(count):
        nonlocal at
        at += count
        assert at <= len(data), "a record is cut off"
        return data[at - count:at]

    while at < len(data):
        name = take(struct.unpack("<I", take(4))[0]).decode()
        original = take(struct.unpack("<I", take(4))[0])
        verdict = take(1)[0]
        yield name, original, verdict, take(struct.unpack("<I", take(4))[0])


def generate(types, seed, count, out_path):
    rng = random.Random(seed)
    with open(out_path, "wb") as out:
        for name in sorted(types):
            for _ in range(count):
                target = types[name]()
                fill(rng, target)
                write_record(out, name, target.SerializeToString(deterministic=True))


def judge(types, in_path, out_path):
    with open(out_path, "wb") as out:
        for name, original, verdict, swift in read_records(in_path):
            parsed = types[name]()
            try:
                parsed.ParseFromString(original)
                accepted = True
            except message.DecodeError:
                accepted = False
            if accepted != (verdict == ACCEPTED):
                if verdict != STRICTER:
                    print(f"{name}: Python {'accepts' if accepted else 'rejects'} {original.hex()}")
                continue
            if not accepted:
                continue
            parsed.DiscardUnknownFields()
            python = parsed.SerializeToString(deterministic=True)
            if python != swift:
                print(f"{name}: from {original.hex()} Python makes {python.hex()}, Swift {swift.hex()}")
            write_record(out, name, python)


if __name__ == "__main__":
    if sys.argv[1] == "generate":
        generate(load(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    elif sys.argv[1] == "judge":
        judge(load(sys.argv[2]), sys.argv[3], sys.argv[4])
    else:
        sys.exit(__doc__)
