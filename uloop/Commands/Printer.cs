using System.Globalization;
using Nnpfs.Uloop.Control;

namespace Nnpfs.Uloop.Commands;

/// <summary>What the commands print: lines for people, or JSON.</summary>
internal abstract class Printer
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    public static Printer Of(bool json) => json ? new Json() : new Text();

    public abstract void Progress(ControlReply reply, string done);

    public abstract void End(ControlReply reply, string done);

    public abstract void Detached(string device, bool isGone);

    /// <returns>the exit status</returns>
    public static int Fail(string message)
    {
        Console.Error.WriteLine($"{Invocation.Name}: {message}");
        return ExitStatus.System;
    }

    public static int Fail(Failure failure)
    {
        Console.Error.WriteLine($"{Invocation.Name}: {failure.Message}");
        return failure.Status;
    }

    public static void Report(DeviceReport report)
    {
        string way = report.Way switch
        {
            "cache" => "whole: the kernel reads the cache file",
            "waits" => "its process was killed: reads of it wait until it is attached again",
            _ => string.Create(Plain, $"served by process {report.Process}"),
        };
        Console.Out.WriteLine($"{report.Device}  {report.Origin}");
        if (report.Filling is { } filling)
            Console.Out.WriteLine(string.Create(Plain, $"  filled  {filling.Pages - filling.Missing} of {filling.Pages} pages; {filling.Fetched} bytes fetched in {filling.Requests} requests"));
        Console.Out.WriteLine($"  way     {way}{(report.SurvivesKill ? "" : "; if it is killed, reads fail")}");
        Console.Out.WriteLine($"  cache   {report.Cache}");
        foreach (string user in report.Users)
            Console.Out.WriteLine($"  used    {user}");
        if (report.Filling is { OriginChanged: true })
            Console.Out.WriteLine("  origin  has another state: missing pages answer EIO");
    }

    private sealed class Text : Printer
    {
        private readonly bool _isTerminal = !Console.IsOutputRedirected;

        public override void Progress(ControlReply reply, string done)
        {
            if (_isTerminal)
                Console.Out.Write($"\r{Line(reply, done)}");
        }

        public override void End(ControlReply reply, string done) => Console.Out.WriteLine((_isTerminal ? "\r" : "") + Line(reply, done));

        public override void Detached(string device, bool isGone) =>
            Console.Out.WriteLine(isGone ? $"{device} is detached" : $"{device} ends with its last user");

        private static string Line(ControlReply reply, string done) => string.Create(
            Plain, $"{reply.Done} of {reply.Of} pages {done} ({(reply.Of == 0 ? 100 : reply.Done * 100 / reply.Of)} %)");
    }

    private sealed class Json : Printer
    {
        public override void Progress(ControlReply reply, string done) => Write(reply);

        public override void End(ControlReply reply, string done) => Write(reply);

        public override void Detached(string device, bool isGone) => Console.Out.WriteLine($$"""{"device":"{{device}}","detached":{{(isGone ? "true" : "false")}}}""");

        private static void Write(ControlReply reply) => Console.Out.WriteLine(string.Create(
            Plain, $$"""{"done":{{reply.Done}},"of":{{reply.Of}},"different":{{reply.Different}},"end":{{(reply.IsEnd ? "true" : "false")}}}"""));
    }
}
