"""Writes the files of this folder; see README.md."""
import ctypes

import h5py
import numpy as np

ramp = np.arange(35, dtype="f8").reshape(5, 7) / 4


def write(name, fill, **options):
    with h5py.File(name + ".h5", "w", **options) as f:
        fill(f)


def chunked(f):
    put = f.create_dataset
    put("gzip", data=ramp.astype("f4"), chunks=(2, 3), compression="gzip")
    put("all", data=ramp, chunks=(2, 3), compression="gzip", shuffle=True, fletcher32=True)
    put("lzf", data=ramp, chunks=(4, 4), compression="lzf", shuffle=True)
    put("lzf_long", data=np.arange(2000, dtype="i4") // 700, chunks=(2000,), compression="lzf")
    put("fletcher", data=np.arange(7, dtype="u1"), chunks=(3,), fletcher32=True)
    put("plain", data=np.arange(24, dtype="i2").reshape(2, 3, 4), chunks=(1, 2, 3))
    # 100 chunks: a B-tree of two levels.
    put("deep", data=np.arange(100, dtype="i4"), chunks=(1,))
    sparse = put("sparse", shape=(6,), dtype="i8", chunks=(2,), fillvalue=-9)
    sparse[2] = 5
    put("unwritten", shape=(3,), dtype="f4", fillvalue=2.5)
    put("strings", data=["a", "bé", ""], dtype=h5py.string_dtype(), chunks=(2,), compression="gzip", shuffle=True)


def types(f):
    f["f2be"] = np.array([1.5, -2, 65504], ">f2")
    f["f4be"] = np.array([1.5, -2, 1e30], ">f4")
    f["f8be"] = np.array([0.1, -2, 1e300], ">f8")
    f["i2be"] = np.array([-2, 300], ">i2")
    f["u4be"] = np.array([1, 2**32 - 1], ">u4")
    f["i1"] = np.array([-128, 127], "i1")
    f["u1"] = np.array([0, 255], "u1")
    f["i8"] = np.array([-(2**63), 2**63 - 1], "i8")
    f["u8"] = np.uint64(2**63 - 1)
    f["bool"] = np.array([True, False])
    f["scalar_bool"] = True
    f["null"] = h5py.Empty("f4")
    f["empty"] = np.zeros((0, 3))
    f["fixed_null_pad"] = np.array([b"ab", b"abcd"], "S4")
    f["fixed_utf8"] = np.array("é€".encode(), h5py.string_dtype("utf-8", 8))
    raw_string(f, "fixed_space", h5py.h5t.STR_SPACEPAD, b"ab  a b ")
    raw_string(f, "fixed_term", h5py.h5t.STR_NULLTERM, b"ab\0zabc\0")
    f["ascii"] = np.array("plain", h5py.string_dtype("ascii"))
    compact(f)
    f.attrs["title"] = "with attributes"
    f["i1"].attrs["scale"] = np.float32(0.5)


def raw_string(f, name, pad, data):
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(4)
    kind.set_strpad(pad)
    dataset = h5py.h5d.create(f.id, name.encode(), kind, h5py.h5s.create_simple((2,)))
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.frombuffer(data, "S4"), mtype=kind)


def compact(f):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((3,))
    dataset = h5py.h5d.create(f.id, b"compact", h5py.h5t.STD_I32LE, space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([7, 8, 9], "i4"))


def latest(f):
    sub = f.create_group("sub", track_order=True)
    for i in range(6):
        sub[f"d{5 - i}"] = i
    f.create_dataset("one", data=ramp, chunks=ramp.shape)
    f.create_dataset("one_gzip", data=ramp, chunks=ramp.shape, compression="gzip", shuffle=True)
    f.create_dataset("contiguous", data=ramp)
    f["text"] = "tëxt"
    f.create_group("none")
    # More attributes than the first chunk of the header has room for.
    for i in range(8):
        f["contiguous"].attrs[f"a{i}"] = np.arange(20) + i


def write_small(name):
    """Superblock 1, addresses and lengths of 4 bytes, nodes of 4 entries."""
    plist = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    plist.set_sizes(4, 4)
    # h5py has no name for these two; the library is loaded already.
    library = ctypes.CDLL("libhdf5_serial.so.103")
    for call, arguments in ((library.H5Pset_sym_k, (2, 2)), (library.H5Pset_istore_k, (2,))):
        if call(ctypes.c_int64(plist.id), *map(ctypes.c_uint, arguments)) < 0:
            raise RuntimeError("the library refused a group size")
    with h5py.File(h5py.h5f.create((name + ".h5").encode(), fcpl=plist)) as f:
        for i in range(30):
            f[f"g/d{i}"] = str(i)
        f.create_dataset("chunks", data=np.arange(40), chunks=(2,), compression="gzip")


def two_names(f):
    f["a"] = [1, 2]
    f["g/b"] = f["a"]


write("ok_chunked", chunked)
write("ok_types", types)
write("ok_latest", latest, libver="latest")
write("ok_v108", latest, libver=("v108", "v108"))
write("ok_headers", latest)
write_small("ok_small")
write("ok_paged", two_names, libver="latest", fs_strategy="page", fs_page_size=512)
write("ok_userblock", two_names, userblock_size=512)


def item(name, value):
    def fill(f):
        f[name] = value

    return fill


def many(n):
    def fill(f):
        for i in range(n):
            f[f"g{i}"] = i

    return fill


def loop(f):
    f["a/b/up"] = f["a"] if "a" in f else f.create_group("a")


def committed(f):
    f["t"] = np.dtype("f4")
    f.create_dataset("d", data=1, dtype=f["t"])


def virtual(f):
    layout = h5py.VirtualLayout(shape=(2,), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(2,))
    f.create_virtual_dataset("v", layout)


def bitfield(f):
    h5py.h5d.create(f.id, b"d", h5py.h5t.STD_B8LE, h5py.h5s.create_simple((2,)))


def dataset(**options):
    return lambda f: f.create_dataset("d", **options)


def many_attributes(f):
    for i in range(20):
        f.attrs[f"a{i}"] = i


write("bad_soft", item("link", h5py.SoftLink("/x")))
write("bad_external", item("link", h5py.ExternalLink("other.h5", "/x")))
write("bad_dense_links", many(20), libver="latest")
write("bad_dense_attributes", many_attributes, libver="latest")
write("bad_loop", loop)
write("bad_committed", committed)
write("bad_named_type", item("t", np.dtype("f4")))
write("bad_external_data", dataset(shape=(2,), dtype="f8", external=[("other.bin", 0, 16)]))
write("bad_bitfield", bitfield)
write("bad_virtual", virtual, libver="latest")
write("bad_fixed_array", dataset(data=ramp, chunks=(2, 3)), libver="latest")
write("bad_extensible", dataset(data=ramp, chunks=(2, 3), maxshape=(None, 7)), libver="latest")
write("bad_btree2", dataset(data=ramp, chunks=(2, 3), maxshape=(None, None)), libver="latest")
write("bad_compound", item("d", np.zeros(2, [("x", "f4"), ("y", "i4")])))
write("bad_enum", dataset(data=0, dtype=h5py.enum_dtype({"RED": 0, "BLUE": 1})))
write("bad_vlen", dataset(shape=(1,), dtype=h5py.vlen_dtype("f4")))
write("bad_opaque", item("d", np.zeros(2, "V3")))
write("bad_uint64", item("d", np.uint64(2**63)))
write("bad_utf8", item("d", np.array([b"\xff"])))
write("bad_scaleoffset", dataset(data=np.arange(9), chunks=(9,), scaleoffset=0))
write("bad_reference", dataset(shape=(1,), dtype=h5py.ref_dtype))
