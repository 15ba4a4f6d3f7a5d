using Nnpfs.Proto.Admin;
using Spectre.Console;

namespace Nnpfs.Cli.Output;

/// <summary>Shows the progress of a prefetch until it ends.</summary>
internal interface IPrefetchView
{
    Task ShowAsync(IAsyncEnumerable<PrefetchProgress> stream);
}

/// <summary>Each message as a line.</summary>
internal sealed class JsonPrefetchView(Screen screen) : IPrefetchView
{
    public async Task ShowAsync(IAsyncEnumerable<PrefetchProgress> stream)
    {
        await foreach (PrefetchProgress progress in stream)
            screen.Json(progress);
    }
}

/// <summary>Without a terminal: a line every few seconds, and one at the end.</summary>
internal sealed class PlainPrefetchView(Screen screen) : IPrefetchView
{
    private const ulong EveryMs = 5000;

    public async Task ShowAsync(IAsyncEnumerable<PrefetchProgress> stream)
    {
        var speed = new Speed();
        ulong next = EveryMs;
        await foreach (PrefetchProgress progress in stream)
        {
            speed.Look(progress.ElapsedMs, progress.BytesDone);
            if (progress.ElapsedMs < next && !progress.Finished)
                continue;
            next = progress.ElapsedMs + EveryMs;
            screen.Line(PrefetchText.Of(progress, speed));
        }
    }
}

/// <summary>On a terminal: a bar that moves.</summary>
internal sealed class LivePrefetchView(Screen screen) : IPrefetchView
{
    public Task ShowAsync(IAsyncEnumerable<PrefetchProgress> stream) => ConsoleOf(screen).Progress()
        .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
        .StartAsync(async context =>
        {
            var speed = new Speed();
            ProgressTask task = context.AddTask("looking");
            await foreach (PrefetchProgress progress in stream)
            {
                speed.Look(progress.ElapsedMs, progress.BytesDone);
                task.IsIndeterminate = !progress.Listed;
                task.MaxValue = Math.Max(progress.Bytes, 1);
                task.Value = progress.Finished ? task.MaxValue : progress.BytesDone;
                task.Description = Markup.Escape(PrefetchText.Of(progress, speed));
            }
        });

    public static IAnsiConsole ConsoleOf(Screen screen) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = screen.HasColours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Out = new AnsiConsoleOutput(screen.Out),
    });
}

/// <summary>Where a prefetch stands, in one line.</summary>
internal static class PrefetchText
{
    public static string Of(PrefetchProgress progress, Speed speed)
    {
        string more = progress.Listed ? "" : "+";
        string failed = progress.Failed > 0 ? $", {progress.Failed} failed" : "";
        string text = $"{progress.FilesDone} of {progress.Files}{more} files, {Sizes.Of(progress.BytesDone)} of {Sizes.Of(progress.Bytes)}{more}{failed}";
        if (progress.Finished)
            return $"{text}, done in {Times.Of(progress.ElapsedMs)}";
        string left = progress.Listed && speed.LeftMs(progress.Bytes - Math.Min(progress.BytesDone, progress.Bytes)) is { } ms
            ? $", {Times.Of(ms)} left" : "";
        return $"{text}, {Sizes.Of(speed.BytesPerSecond)}/s{left}";
    }
}
