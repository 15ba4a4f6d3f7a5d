using System.Globalization;
using Nnpfs.Bench;

// bench WORK BIN ROUNDS LARGE-MIB JSON: see bench/run, which gives all five.
if (args.Length != 5)
{
    Console.Error.WriteLine("usage: bench WORK BIN ROUNDS LARGE-MIB JSON (start it through bench/run)");
    return 2;
}
string work = args[0], bin = args[1], json = args[4];
int rounds = int.Parse(args[2], CultureInfo.InvariantCulture);
long largeSize = long.Parse(args[3], CultureInfo.InvariantCulture) << 20;

string native = Path.Combine(work, "native"), many = Path.Combine(work, "many");
Console.Error.WriteLine("making the data");
new Tree(native).Make(largeSize, rounds);
Memory.MakeTree(many);

var figures = new List<Figure>();
using (var programs = new Programs(work, bin))
{
    var nginx = new Nginx(work, native);
    Uri server = nginx.Start(programs);
    programs.StartArlad($"""
        [volume native]
        origin = {native}

        [volume http]
        origin = {server}

        [volume many]
        origin = {many}
        """);
    string mount = Path.Combine(work, "mnt-native"), http = Path.Combine(work, "mnt-http"), walked = Path.Combine(work, "mnt-many");
    programs.Mount("many", walked, measured: true);
    Console.Error.WriteLine("memory");
    figures.AddRange(Memory.Measure(walked, programs.Arlad!.Id, programs.Driver!.Id));

    programs.Mount("native", mount, measured: true);
    Console.Error.WriteLine("against the native directory");
    double cpu = ProcessUse.Seconds(programs.Driver!.Id) + ProcessUse.Seconds(programs.Arlad.Id);
    figures.AddRange(AgainstNative.Measure(native, mount, rounds));
    figures.Add(new("processor time of both programs for all of that", "s", null, AtMost: true,
        [ProcessUse.Seconds(programs.Driver.Id) + ProcessUse.Seconds(programs.Arlad.Id) - cpu]));

    programs.Mount("http", http);
    Console.Error.WriteLine("first touch over HTTP");
    figures.AddRange(new FirstTouch(work, http, server, nginx.AccessLog).Measure(rounds));
}
Console.WriteLine(Report.Table(figures));
Report.WriteJson(json, figures);
return 0;
