using System.Text.RegularExpressions;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Boosting;

/// <summary>Real programs with the booster in them: they print on a mount what they print on the origin itself.</summary>
public sealed partial class ProgramsTests
{
    /// <summary>Prints what depends on files' bytes and facts, and on nothing else.</summary>
    private const string Programs = """
        d=$1
        cd $d
        cat large | sha256sum
        sha256sum large again small
        head -c 5000 large | cksum; tail -c 4321 large | cksum; od -An -tx1 -j 1000 -N 64 large
        wc -c large small; dd if=large bs=64k skip=3 count=7 2>/dev/null | cksum
        cmp large again && echo same; cmp large small | cut -d: -f1 || true
        tac text/lines | cksum; sort -r text/lines | cksum; grep -c 7 text/lines; awk 'END { print NR }' text/lines; sed -n '50000p' text/lines
        cp large "$2/copy" && cksum < "$2/copy"; cp -p small "$2/kept" && stat -c '%s %Y %a' "$2/kept"
        bash text/script one two; sh < text/script
        while read -r line; do case $line in *999) echo "$line" ;; esac; done < text/lines
        exec 3< text/lines; read -r first <&3; read -r second <&3; echo "$first $second"; exec 3<&-
        tar cf - --sort=name large text | sha256sum
        tar cf "$2/made.tar" --sort=name text && tar tvf "$2/made.tar" | sha256sum
        find . -type f -size +100k -exec sha256sum {} + | sort -k2; find text -type f -exec sha256sum {} \; | sort -k2
        python3 -c 'import mmap, os, sys, zipfile, hashlib
        f = open("large", "rb"); m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ); print(hashlib.sha256(m).hexdigest(), os.fstat(f.fileno()).st_size == os.stat("large").st_size)
        print(os.path.sameopenfile(f.fileno(), os.open("large", os.O_RDONLY)), os.path.samestat(os.fstat(f.fileno()), os.stat("large")))
        sys.path.insert(0, "text"); sys.dont_write_bytecode = True; import module; print(module.VALUE, len(module.FILLER))
        print(zipfile.ZipFile("text/archive.zip").read("lines")[:20])'
        flock -n -x text/lines -c 'echo locked'; flock -s large true && echo shared
        gcc -I text -o "$2/built" text/main.c && "$2/built"
        """;

    /// <summary>Where they are installed.</summary>
    private const string Optional = """
        PATH=$PATH:/usr/sbin
        serve() {
            cat > "$2/nginx.conf" <<END
        daemon off; master_process off; pid $2/nginx.pid;
        events { }
        http {
            access_log off; sendfile on;
            client_body_temp_path $2/t; proxy_temp_path $2/t; fastcgi_temp_path $2/t; uwsgi_temp_path $2/t; scgi_temp_path $2/t;
            server { listen unix:$2/s; root $1; }
        }
        END
            nginx -p "$2" -e "$2/error.log" -c "$2/nginx.conf" & server=$!
            while [ ! -S "$2/s" ]; do sleep 0.05; done
            for i in 1 2 3; do curl -s --unix-socket "$2/s" http://server/large | cksum; done
            curl -s --unix-socket "$2/s" -r 1000000-7000000 http://server/large | cksum
            curl -s --unix-socket "$2/s" -I http://server/large | grep Content-Length
            kill $server; wait $server
        }
        d=$1
        cd $d
        ! command -v git > /dev/null || git -c safe.directory='*' --git-dir=repository.git log --format=%s -n 2
        ! command -v git > /dev/null || git -c safe.directory='*' --git-dir=repository.git cat-file blob HEAD:lines | sha256sum
        ! command -v sqlite3 > /dev/null || sqlite3 "file:$d/base.db?immutable=1" 'select count(*), sum(n), max(t) from rows'
        ! command -v rsync > /dev/null || { rsync -a large text "$2/synced" && cksum < "$2/synced/text/lines"; }
        ! command -v make > /dev/null || make -s -j4 -C text -f Makefile OUT="$2" && cat "$2"/part* | cksum
        ! command -v node > /dev/null || node -e 'const fs = require("fs"); console.log(require("crypto").createHash("sha256").update(fs.readFileSync("large")).digest("hex"))'
        ! command -v nginx > /dev/null || serve "$d" "$2"
        ! command -v perl > /dev/null || perl -e 'open(F, "<", "large"); binmode F; local $/; print length(<F>), " ", -s F, "\n"'
        """;

    [MountTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Claim("S40")]
    public async Task Programs_print_what_they_print_without_it(bool privileged)
    {
        await using BoostRig rig = await BoostRig.StartAsync(Fill);
        File.WriteAllText($"{rig.Work}/programs", Programs + "\n" + Optional);
        string output = await rig.RunAsync(privileged, $$"""
            find $M -type f -exec cat {} + > /dev/null
            export NNPFS_BOOSTER_MIN=1 NNPFS_BOOSTER_REPORT=1 NNPFS_BOOSTER_LOGFILE={{rig.Work}}/report TZ=UTC LC_ALL=C.UTF-8 HOME={{rig.Work}}
            mkdir native boosted
            sh programs $O {{rig.Work}}/native > native.out 2>&1
            $boost sh programs $M {{rig.Work}}/boosted > boosted.out 2>&1
            sed -i "s,$M,$O,g;s,boosted,native,g" boosted.out
            cmp native.out boosted.out || { diff native.out boosted.out; exit 1; }
            cat report
            """);
        string report = File.ReadAllText($"{rig.Work}/report");
        Assert.True(File.ReadAllLines($"{rig.Work}/native.out").Length > 50, File.ReadAllText($"{rig.Work}/native.out"));
        foreach (string program in new[] { "cat", "sha256sum", "tail", "bash", "tar", "python3", "cmp", "cp", "nginx", "rsync" })
            Assert.True(PastFuse(report, program) > 0, $"{program}\n{output}");
    }

    [MountFact]
    public async Task Settings_have_their_effect()
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        string output = await rig.RunAsync(privileged: true, """
            cat $M/large $M/small > /dev/null
            export NNPFS_BOOSTER_REPORT=1
            $boost cat $M/large $M/small > /dev/null; echo "-"
            NNPFS_BOOSTER_MIN=1M $boost cat $M/large $M/small > /dev/null; echo "-"
            NNPFS_BOOSTER=off $boost cat $M/large > /dev/null; echo "-"
            NNPFS_BOOSTER_SKIP=tac:cat $boost cat $M/large > /dev/null; echo "-"
            NNPFS_BOOSTER_SKIP=tac $boost cat $M/large > /dev/null; echo "-"
            GLFS_BOOSTER_LOGFILE=old $boost cat $M/large > /dev/null; cat old; echo "-"
            NNPFS_BOOSTER_LOGFILE=new $boost cat $M/large > /dev/null; cat new; echo "-"
            NNPFS_BOOSTER_REPORT=0 $boost cat $M/large > /dev/null
            """);
        string[] parts = [.. output.Split("\n-").Select(part => Process().Replace(part.Trim(), ""))];
        const string Both = "nnpfs-booster: cat: past FUSE 2 files of 9300001 bytes, through FUSE 0 files of 0 bytes",
            One = "nnpfs-booster: cat: past FUSE 1 files of 9000001 bytes, through FUSE 0 files of 0 bytes";
        Assert.Equal([Both, "nnpfs-booster: cat: past FUSE 1 files of 9000001 bytes, through FUSE 1 files of 300000 bytes, small 1", "", "", One, One, One, ""], parts);
    }

    private static int PastFuse(string report, string program) => report.Split('\n')
        .Where(line => line.StartsWith($"nnpfs-booster: {program}[", StringComparison.Ordinal))
        .Sum(line => int.Parse(Count().Match(line).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));

    private static void Fill(string origin)
    {
        string text = Directory.CreateDirectory($"{origin}/text").FullName;
        File.WriteAllLines($"{text}/lines", Enumerable.Range(1, 60_000).Select(i => $"line number {i}"));
        File.WriteAllText($"{text}/script", "echo \"script $0 $# $*\" | sed \"s,[^ ]*/,,g\"\n" + string.Concat(Enumerable.Repeat("# a comment that makes the script longer\n", 5000)) + "echo end\n");
        File.WriteAllText($"{text}/module.py", $"VALUE = 42\nFILLER = '{new string('x', 200_000)}'\n");
        File.WriteAllText($"{text}/part.h", "#define TEXT \"built\"\n" + string.Concat(Enumerable.Repeat("/* a comment that makes the header longer */\n", 5000)));
        File.WriteAllText($"{text}/main.c", "#include \"part.h\"\n#include <stdio.h>\nint main(void) { return puts(TEXT) < 0; }\n");
        File.WriteAllText($"{text}/Makefile", "all: $(foreach n,1 2 3 4 5 6,$(OUT)/part$(n))\n$(OUT)/part%: lines\n\thead -n $*000 lines > $@\n");
        ChildProgram.Run("python3", "-c", $"import zipfile; z = zipfile.ZipFile('{text}/archive.zip', 'w'); z.write('{text}/lines', 'lines'); z.close()");
        ChildProgram.Run("sh", "-c", "! command -v sqlite3 || sqlite3 \"$0\" \"$1\"", $"{origin}/base.db", "create table rows(n, t); with recursive c(x) as (select 1 union all select x + 1 from c where x < 20000) insert into rows select x, 'text ' || x from c;");
        ChildProgram.Run("sh", "-c", $"""
            command -v git || exit 0
            git init -q {origin}/tree && cd {origin}/tree && cp ../text/lines ../large . && git add . && git -c user.name=n -c user.email=e@x commit -qm first
            echo more >> lines && git -c user.name=n -c user.email=e@x commit -qam second && git clone -q --bare . ../repository.git && rm -rf ../tree
            """);
    }

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Process();

    [GeneratedRegex(@"past FUSE (\d+) files")]
    private static partial Regex Count();
}
