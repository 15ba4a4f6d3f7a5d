#!/usr/bin/python3
"""A stock gRPC client calls every method of the admin service: every_method.py SOCKET PROTO_DIRECTORY

The service is the one of the tests: volumes docs (a/one.txt, a/two.txt, b.bin) and source. Prints one line a check, ends with "ok"."""
import sys
import tempfile
import threading
import time

import grpc
from grpc_tools import protoc

socket, proto = sys.argv[1:3]
generated = tempfile.TemporaryDirectory()
assert protoc.main(["", "-I" + proto, "--python_out=" + generated.name, "--grpc_python_out=" + generated.name, "admin.proto"]) == 0
sys.path.insert(0, generated.name)
import admin_pb2 as pb  # noqa: E402
import admin_pb2_grpc as rpc  # noqa: E402

called = set()


def refused(code, call, errno=None):
    try:
        answer = call()
        list(answer) if hasattr(answer, "__next__") else None
    except grpc.RpcError as e:
        assert e.code() == code, (e.code(), e.details())
        assert e.details(), "a failure needs a message"
        if errno:
            assert ("nnpfs-errno", errno) in [(k, v) for k, v in e.trailing_metadata()], e.trailing_metadata()
        print("refused as it should:", code.name, e.details())
        return
    raise AssertionError("not refused: " + code.name)


class Counting:
    """The stub, noting which methods were called."""

    def __init__(self, channel):
        self.stub = rpc.AdminStub(channel)

    def __getattr__(self, name):
        called.add(name)
        method = getattr(self.stub, name)
        return lambda request, **options: method(request, **{"timeout": 20, **options})


def target(path, volume="docs"):
    return pb.Target(volume=volume, path=path)


with grpc.insecure_channel("unix:" + socket) as channel:
    admin = Counting(channel)

    status = admin.Status(pb.StatusRequest())
    assert status.version and status.volumes == 2 and status.cache_max_bytes == 1 << 30, status
    assert [v.name for v in admin.Volumes(pb.VolumesRequest()).volumes] == ["docs", "source"]

    names = [e.name for batch in admin.List(pb.ListRequest(directory=target(b""))) for e in batch.entries]
    assert names == [b"a", b"b.bin"], names
    names = [e.name for batch in admin.List(pb.ListRequest(directory=target(b"", "source"))) for e in batch.entries]
    assert names == [b"odd\xff\n"], names

    stat = admin.Stat(pb.StatRequest(target=target(b"a/two.txt")))
    assert stat.info.size == 3000000 and stat.info.kind == pb.KIND_FILE and stat.validator == "v1", stat
    same = admin.Stat(pb.StatRequest(target=pb.Target(node=stat.info.node, volume="docs")))
    assert same.path == b"a/two.txt", same
    refused(grpc.StatusCode.NOT_FOUND, lambda: admin.Stat(pb.StatRequest(target=target(b"no"))), "ENOENT")
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: admin.Stat(pb.StatRequest()), "EINVAL")
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: admin.Stat(pb.StatRequest(target=target(b"a/../b"))), "EINVAL")
    refused(grpc.StatusCode.FAILED_PRECONDITION, lambda: admin.List(pb.ListRequest(directory=target(b"b.bin"))), "ENOTDIR")

    reply = admin.Invalidate(pb.InvalidateRequest(target=target(b"a"), recursive=True))
    assert reply.nodes == 3 and reply.epoch == 2, reply

    progress = list(admin.Prefetch(pb.PrefetchRequest(targets=[target(b"a"), target(b"b.bin")])))
    assert progress[-1].finished and not any(p.finished for p in progress[:-1]), progress
    assert (progress[-1].files_done, progress[-1].bytes_done) == (3, 3001050), progress[-1]
    assert admin.Flush(pb.FlushRequest(target=target(b""))).bytes == 3001050

    refused(grpc.StatusCode.FAILED_PRECONDITION, lambda: admin.StopRecording(pb.StopRecordingRequest()))
    admin.StartRecording(pb.StartRecordingRequest())
    assert [r for reply in admin.StopRecording(pb.StopRecordingRequest()) for r in reply.ranges] == []
    piece = pb.RecordedRange(volume="docs", path=b"a/two.txt", offset=1000, length=500)
    progress = list(admin.Prefetch(pb.PrefetchRequest(ranges=[piece, piece])))
    assert (progress[-1].files_done, progress[-1].bytes_done) == (2, 1000), progress[-1]
    nothing = pb.RecordedRange(volume="docs", path=b"a/two.txt")
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: admin.Prefetch(pb.PrefetchRequest(ranges=[nothing])))
    admin.Flush(pb.FlushRequest(target=target(b"")))

    assert admin.Pin(pb.PinRequest(targets=[target(b"a")])).pinned == 1
    assert [p.path for p in admin.Pins(pb.PinsRequest()).pins] == [b"a"]
    assert admin.Unpin(pb.UnpinRequest(targets=[target(b"a")])).unpinned == 1
    refused(grpc.StatusCode.NOT_FOUND, lambda: admin.Unpin(pb.UnpinRequest(targets=[target(b"a")])), "ENOENT")

    assert admin.GetLimits(pb.GetLimitsRequest()).used_bytes == 300 << 20
    assert admin.SetLimits(pb.SetLimitsRequest(max_nodes=5)).max_nodes == 5
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: admin.SetLimits(pb.SetLimitsRequest(low_percent=100)))
    assert admin.Reclaim(pb.ReclaimRequest(bytes=1000)).bytes == 1000
    assert len(admin.Waiters(pb.WaitersRequest()).waiters) == 0

    assert len(list(admin.Stats(pb.StatsRequest()))) == 1
    looks = admin.Stats(pb.StatsRequest(interval_ms=100))
    first, second = next(looks), next(looks)
    assert second.uptime_ms >= first.uptime_ms and any(m.name == "nnpfs_mounts" for m in first.metrics)
    looks.cancel()
    refused(grpc.StatusCode.CANCELLED, lambda: looks)
    refused(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: admin.Stats(pb.StatsRequest(interval_ms=100), timeout=1))
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: admin.Stats(pb.StatsRequest(interval_ms=1)))

    assert admin.SetLogLevel(pb.SetLogLevelRequest(level="debug", wire_trace="on")).wire_trace
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: admin.SetLogLevel(pb.SetLogLevelRequest(level="loud")))
    assert b"".join(c.data for c in admin.BugReport(pb.BugReportRequest()))[257:262] == b"ustar"

    refused(grpc.StatusCode.UNIMPLEMENTED, lambda: channel.unary_unary("/nnpfs.admin.v1.Admin/Later")(b"", timeout=20))
    refused(grpc.StatusCode.UNIMPLEMENTED, lambda: channel.unary_unary("/nnpfs.admin.v2.Admin/Status")(b"", timeout=20))
    refused(grpc.StatusCode.UNIMPLEMENTED, lambda: admin.Pin(pb.PinRequest(targets=[target(b"x" * 999)] * 9), compression=grpc.Compression.Gzip))

    # Many at once over one connection.
    threads = [threading.Thread(target=lambda: [admin.Status(pb.StatusRequest()) for _ in range(20)]) for _ in range(8)]
    start = time.time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("160 calls by 8 threads in %.2f s" % (time.time() - start))

methods = {m.name for m in pb.DESCRIPTOR.services_by_name["Admin"].methods}
assert methods == called, methods ^ called
print("ok")
