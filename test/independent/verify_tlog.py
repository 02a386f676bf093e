#!/usr/bin/env python3
"""Verifies a transparency log that lies in a folder of static files.

Written from the specifications alone, in another language than the log, with nothing but the standard library:
C2SP signed-note, tlog-checkpoint and tlog-tiles, RFC 9162 section 2.1, RFC 8032 section 5.1.

    verify_tlog.py FOLDER VKEY [OLDER_CHECKPOINT_FILE]
"""
import base64
import hashlib
import sys
from functools import lru_cache
from pathlib import Path
WIDTH = 256

def need(condition, what):
    if not condition:
        raise ValueError(what)

# RFC 8032, 5.1: the curve -x^2 + y^2 = 1 + d x^2 y^2 over the integers modulo P, points as (X, Y, Z, T).
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)

def times(n, p):
    result = IDENTITY
    while n > 0:
        result = add(result, p) if n & 1 else result
        p, n = add(p, p), n >> 1
    return result

def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0

def decode_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    need(len(data) == 32 and y < P, "this is not a point of the curve")
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P != 0:
        x = x * ROOT_OF_MINUS_1 % P
    need((v * x * x - u) % P == 0 and not (x == 0 and sign), "this is not a point of the curve")
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)

BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def ed25519_verify(public, message, signature):
    if len(signature) != 64:
        return False
    a, r, s = decode_point(public), decode_point(signature[:32]), int.from_bytes(signature[32:], "little")
    need(not same(times(8, a), IDENTITY), "the key is of small order")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return s < L and same(times(s, BASE), add(r, times(k, a)))

def open_note(data, vkey):
    """The text of a signed note, if the key signed it."""
    name, key_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    need(key[:1] == b"\x01", "the key is not an Ed25519 key")
    expected_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    need(expected_id.hex() == key_id, "the key does not fit its id")
    text, _, lines = data.decode().rpartition("\n\n")
    good = False
    for line in lines.splitlines():
        dash, signer, signature = line.split(" ")
        raw = base64.b64decode(signature, validate=True)
        need(dash == "\u2014", "the note has a line that is no signature")
        if signer == name and raw[:4] == expected_id:
            good = ed25519_verify(key[1:], (text + "\n").encode(), raw[4:])
            need(good, "the signature does not fit the checkpoint")
    need(good, "the checkpoint is not signed by this key")
    return text + "\n"

def read_checkpoint(path, vkey):
    origin, size, root = open_note(path.read_bytes(), vkey).split("\n")[:3]
    need(origin == vkey.split("+")[0], "the checkpoint is of another log")
    need(size == str(int(size)), "the size is not in its one spelling")
    return int(size), base64.b64decode(root, validate=True)

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

class Tree:
    """RFC 9162, 2.1, by its recursive definitions over the leaf hashes."""

    def __init__(self, leaves):
        self.leaves = leaves
        self.mth = lru_cache(maxsize=None)(self._mth)

    def _mth(self, start, end):
        if end - start < 2:
            return self.leaves[start] if end > start else sha256()
        k = start + split(end - start)
        return sha256(b"\x01", self.mth(start, k), self.mth(k, end))

    def path(self, m, start, end):
        k = start + split(end - start)
        if end - start == 1:
            return []
        if m < k:
            return self.path(m, start, k) + [self.mth(k, end)]
        return self.path(m, k, end) + [self.mth(start, k)]

    def subproof(self, m, start, end, whole):
        k = start + split(end - start)
        if m == end:
            return [] if whole else [self.mth(start, end)]
        if m <= k:
            return self.subproof(m, start, k, whole) + [self.mth(k, end)]
        return self.subproof(m, k, end, False) + [self.mth(start, k)]

def split(n):
    return 1 << max(n - 1, 1).bit_length() - 1

def climb(fn, sn, older, newer, proof):
    """The loop that 2.1.3.2 and 2.1.4.2 share: fr and sr of the latter; sr alone is r of the former."""
    for p in proof:
        need(sn != 0, "the proof is too long")
        if fn & 1 or fn == sn:
            older, newer = sha256(b"\x01", p, older), sha256(b"\x01", p, newer)
            while fn & 1 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            newer = sha256(b"\x01", newer, p)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "the proof is too short")
    return older, newer

def consistent_roots(first, second, older_root, proof):
    """RFC 9162, 2.1.4.2: the two roots that a proof leads to."""
    proof = [older_root] + proof if first & (first - 1) == 0 else proof
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return climb(fn, sn, proof[0], proof[0], proof[1:])

def tile_path(folder, level, index, width):
    """C2SP tlog-tiles: three digits a step, all but the last with an x; a partial tile may be gone for the full one."""
    digits = f"{index:0{-(-len(str(index)) // 3) * 3}d}"
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    full = folder / "tile" / str(level) / Path(*["x" + group for group in groups[:-1]], groups[-1])
    partial = full.with_name(full.name + ".p") / str(width)
    return partial if width < WIDTH and partial.exists() else full

def read_leaves(folder, size):
    hashes = []
    for start in range(0, size, WIDTH):
        width, at = min(WIDTH, size - start), 0
        bundle = tile_path(folder, "entries", start // WIDTH, width).read_bytes()
        for index in range(start, start + width):
            length = int.from_bytes(bundle[at : at + 2], "big")
            need(len(bundle) >= at + 2 + length > at + 2, f"entry {index} is missing or cut off")
            hashes.append(sha256(b"\x00", bundle[at + 2 : at + 2 + length]))
            at += 2 + length
    return hashes

def check_tiles(folder, tree, size):
    level, count, span = 0, size, 1
    while count > 0:
        for start in range(0, count, WIDTH):
            width = min(WIDTH, count - start)
            tile = tile_path(folder, level, start // WIDTH, width).read_bytes()[: width * 32]
            for n in range(width):
                expected = tree.mth((start + n) * span, (start + n + 1) * span)
                need(tile[n * 32 : n * 32 + 32] == expected, f"hash {start + n} of level {level} is wrong")
        level, count, span = level + 1, count // WIDTH, span * WIDTH

def verify(folder, vkey, older_file=None):
    size, root = read_checkpoint(folder / "checkpoint", vkey)
    tree = Tree(read_leaves(folder, size))
    check_tiles(folder, tree, size)
    need(tree.mth(0, size) == root, "the entries do not lead to the signed root")
    for index in {0, size // 3, size - 1} if size else ():
        leaf = tree.leaves[index]
        need(climb(index, size - 1, leaf, leaf, tree.path(index, 0, size))[1] == root, f"no proof of entry {index}")
    if older_file is not None:
        first, older_root = read_checkpoint(Path(older_file), vkey)
        need(0 < first <= size, "the log was longer before")
        roots = consistent_roots(first, size, older_root, tree.subproof(first, 0, size, True))
        need(roots == (older_root, root), "the log has another history")
    return size, root

if __name__ == "__main__":
    try:
        SIZE, ROOT = verify(Path(sys.argv[1]), *sys.argv[2:])
        print(f"good: {SIZE} entries, root {base64.b64encode(ROOT).decode()}")
    except (OSError, ValueError) as error:
        print(f"bad: {error}")
        sys.exit(1)
