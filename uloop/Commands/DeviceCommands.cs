using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nnpfs.Posix;
using Nnpfs.Uloop.Control;
using Nnpfs.Uloop.Devices;

namespace Nnpfs.Uloop.Commands;

/// <summary>The commands about devices that are attached.</summary>
internal static class DeviceCommands
{
    private static readonly TimeSpan MostToEnd = TimeSpan.FromSeconds(30);

    public static Command Detach()
    {
        Argument<string> device = DeviceArgument();
        var lazy = new Option<bool>("-l", "--lazy") { Description = "Also while it is used: it ends with its last user" };
        Option<bool> json = JsonOption();
        var command = new Command("detach", "Take a device's content away; what is cached stays") { device, lazy, json };
        command.SetAction(parsed => With(parsed.GetRequiredValue(device), state => Detach(state, parsed.GetValue(lazy), Printer.Of(parsed.GetValue(json)))));
        return command;
    }

    public static Command Status()
    {
        var devices = new Argument<string[]>("DEVICE") { Description = "/dev/loopN; without one: all that are attached", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> json = JsonOption();
        var command = new Command("status", "What is attached, how much of it is filled, and who answers its reads") { devices, json };
        command.SetAction(parsed =>
        {
            string[] names = parsed.GetValue(devices) ?? [];
            string? missing = names.FirstOrDefault(name => Find(name) is not { } state || state.Way() == DeviceWay.None);
            if (missing is not null)
                return Printer.Fail($"{missing} is not attached by uloop");
            DeviceState[] states = [.. names.Length > 0 ? names.Select(name => Find(name)!) : DeviceState.All().Where(state => state.Way() != DeviceWay.None)];
            return Print([.. states.Select(ReportOf)], parsed.GetValue(json));
        });
        return command;
    }

    public static Command Prefetch() => Progressing("prefetch", "Fetch everything that is missing, with progress", "filled");

    public static Command Verify() => Progressing("verify", "Compare what is cached with the origin, with progress; changes nothing", "compared");

    private static Command Progressing(string name, string about, string done)
    {
        Argument<string> device = DeviceArgument();
        Option<bool> json = JsonOption();
        var command = new Command(name, about) { device, json };
        command.SetAction(parsed => With(parsed.GetRequiredValue(device), state =>
        {
            Printer printer = Printer.Of(parsed.GetValue(json));
            Result<ControlReply> asked = ControlClient.Ask(state.Socket, new ControlRequest(name), reply => printer.Progress(reply, done));
            if (!asked.TryGet(out ControlReply? last, out Errno errno))
                return Printer.Fail(Unheard(state, errno));
            printer.End(last, done);
            return last.Error is null && last.Different == 0
                ? ExitStatus.Success
                : Printer.Fail(last.Error ?? $"{last.Different} pages differ from {state.Origin}: the cache is damaged, drop it with uloop detach and uloop discard");
        }));
        return command;
    }

    private static int Detach(DeviceState state, bool lazy, Printer printer)
    {
        Result<ControlReply> asked = ControlClient.Ask(state.Socket, new ControlRequest("detach") { Lazy = lazy });
        if (asked.IsOk && asked.Value.Error is { } refused)
            return Printer.Fail(refused);
        if (!asked.IsOk && state.Server.IsAlive())
            return Printer.Fail(Unheard(state, asked.Errno));
        if (!asked.IsOk && Orphans.Detach(state, lazy) is { } failure)
            return Printer.Fail(failure);
        long deadline = Environment.TickCount64 + (long)MostToEnd.TotalMilliseconds;
        while (asked.IsOk && DeviceState.Of(state.Number) is { } still && still.Server == state.Server && Environment.TickCount64 < deadline)
        {
            if (lazy && DeviceUsers.Of(state.Number).Count > 0)
                break;
            Thread.Sleep(20);
        }
        printer.Detached(state.Device, DeviceState.Of(state.Number)?.Server != state.Server);
        return ExitStatus.Success;
    }

    private static DeviceReport ReportOf(DeviceState state) =>
        ControlClient.Ask(state.Socket, new ControlRequest("status")) is { IsOk: true, Value.Report: { } report } ? report : DeviceReport.Of(state);

    private static int Print(DeviceReport[] reports, bool json)
    {
        if (json)
            Console.Out.WriteLine(JsonSerializer.Serialize(reports, UloopJson.Default.DeviceReportArray));
        else
            Array.ForEach(reports, Printer.Report);
        return ExitStatus.Success;
    }

    private static int With(string name, Func<DeviceState, int> act) =>
        Find(name) is { } state ? act(state) : Printer.Fail($"{name} is no device of uloop; see uloop status");

    private static DeviceState? Find(string name) => LoopDevice.NumberOf(name) is { } number ? DeviceState.Of(number) : null;

    private static string Unheard(DeviceState state, Errno errno) => state.Server.IsAlive()
        ? string.Create(CultureInfo.InvariantCulture, $"process {state.Server.Pid} of {state.Device} does not answer: {errno}")
        : $"the process of {state.Device} was killed: attach {state.Origin} to {state.Device} again, with the same cache";

    private static Argument<string> DeviceArgument() => new("DEVICE") { Description = "/dev/loopN" };

    private static Option<bool> JsonOption() => new("--json") { Description = "JSON instead of text, as docs/uloop.md describes" };
}
