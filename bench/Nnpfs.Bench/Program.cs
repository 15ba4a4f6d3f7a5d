using Nnpfs.Bench;
using Nnpfs.Bench.Scale;

// Started by bench/run and bench/scale, which give every option.
if (args is ["scale", .. var scale])
    return await new ScaleRun(new ScaleOptions(scale)).RunAsync();
var options = new Options(args);
string native = Path.Combine(options.Work, "native"), many = Path.Combine(options.Work, "many");
Console.Error.WriteLine("making the data");
new Tree(native).Make(options.LargeSize, options.Rounds);
if (options.Measures("first-start"))
    ProgramStart.Make(native);

var figures = new List<Figure>();
using (var programs = new Programs(options.Work, options.Programs))
{
    var nginx = new Nginx(options.Work, native);
    nginx.Start(programs);
    using var relay = new DelayRelay(nginx.Json, TimeSpan.FromMilliseconds(20));
    Directory.CreateDirectory(many);
    programs.StartArlad($"""
        [volume native]
        origin = {native}

        [volume many]
        origin = {many}

        {FirstTouch.Volumes(nginx.Json, relay.Url)}
        """);
    if (options.Measures("memory"))
        Add(Memory.Measure(programs, many));
    if (options.Measures("native"))
        Add(MeasureAgainstNative(programs, nginx));
    if (options.Measures("first"))
        Add(FirstTouch.Measure(options, programs, nginx, relay));
}
FiguresFile.Write(options.Json, figures);
if (options.Svg.Length > 0)
    File.WriteAllText(options.Svg, Chart.Draw(figures));
if (options.Earlier.Length > 0)
    Console.WriteLine(string.Join('\n', FiguresFile.Compare(figures, options.Earlier)));
return 0;

void Add(IEnumerable<Figure> part)
{
    Figure[] measured = [.. part];
    figures.AddRange(measured);
    Console.WriteLine(Report.Tables(measured));
}

IEnumerable<Figure> MeasureAgainstNative(Programs programs, Nginx nginx)
{
    Console.Error.WriteLine("against the native directory");
    var targets = new List<Target>();
    foreach (Mode mode in options.Modes)
        targets.Add(programs.Mount("native", mode.Name, mode.Options));
    if (options.WithPeers)
        targets.AddRange(new Peers(programs, options.Work, nginx.Html, native).Start());
    return AgainstNative.Measure(native, targets, options.Rounds).Concat(Cost.Measure(targets, options.LargeSize, options.Rounds));
}
