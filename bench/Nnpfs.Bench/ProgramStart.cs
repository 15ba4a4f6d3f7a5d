using System.Diagnostics;

namespace Nnpfs.Bench;

/// <summary>A program that starts for the second time, 20 ms away and with nothing cached: as it is, and after a replay of its first start.</summary>
internal sealed class ProgramStart(Options options, Programs programs)
{
    public const string Volume = "start";

    private const string Root = "program"; // in the served directory
    private const string Does =
        "import asyncio, csv, decimal, email.message, http.client, json, logging.handlers, sqlite3, ssl, tarfile, unittest, xml.dom.minidom";

    /// <summary>Debian's Python with its library: about 1,500 files, of which a start reads some two hundred.</summary>
    public static void Make(string served)
    {
        string python = File.ResolveLinkTarget("/usr/bin/python3", returnFinalTarget: true)?.FullName ?? "/usr/bin/python3";
        string library = Directory.CreateDirectory(Path.Combine(served, Root, "lib")).FullName;
        Run("cp", "-r", "--dereference", $"/usr/lib/{Path.GetFileName(python)}", library);
        File.Copy(python, Path.Combine(Directory.CreateDirectory(Path.Combine(served, Root, "bin")).FullName, "python3"));
    }

    public IEnumerable<Figure> Measure()
    {
        string mount = programs.Mount(Volume, "first", "").Path, record = Path.Combine(options.Work, "start.run");
        List<double> cold = [], prefetched = [], both = [];
        Start(mount); // .NET's and Python's own first times
        MakeCold();
        programs.Control("record", "start");
        Start(mount);
        programs.Control("record", "stop", record);
        for (int round = 0; round < options.Rounds; round++)
        {
            MakeCold();
            double without = Start(mount);
            MakeCold();
            double prefetch = Clock.Time(() => programs.Control("prefetch", "--from", record), cold: false), with = Start(mount);
            cold.Add(without);
            prefetched.Add(with / without);
            both.Add((prefetch + with) / without);
        }
        yield return new Figure("second start of a program, nothing cached, 20 ms away", "s", null, AtMost: true, cold);
        yield return new Figure("the same after a replay of its record", "x of that time", null, AtMost: true, prefetched);
        yield return new Figure("the same, the replay included", "x of that time", null, AtMost: true, both);
    }

    /// <summary>As if the volume had never been seen: neither content nor anything that is known of it.</summary>
    private void MakeCold()
    {
        programs.Control("flush", "--volume", Volume);
        programs.Control("invalidate", "--volume", Volume);
        Clock.DropCaches();
    }

    private static double Start(string mount) => Clock.Time(
        () =>
        {
            string home = Path.Combine(mount, Root);
            var start = new ProcessStartInfo(Path.Combine(home, "bin/python3"), ["-S", "-B", "-c", Does]);
            start.Environment["PYTHONHOME"] = home;
            Run(start);
        },
        cold: false);

    private static void Run(string program, params string[] arguments) => Run(new ProcessStartInfo(program, arguments));

    private static void Run(ProcessStartInfo start)
    {
        using Process child = Process.Start(start)!;
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"{start.FileName} ended with status {child.ExitCode}");
    }
}
