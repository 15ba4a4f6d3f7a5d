namespace Nnpfs.TestKit;

/// <summary>A test that mounts: skipped, saying why, without root, /dev/fuse, or what the mode of the run needs.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    /// <param name="programs">that it needs besides, divided by spaces</param>
    public MountFactAttribute(string programs = "")
    {
        ArgumentNullException.ThrowIfNull(programs);
        Programs = programs;
        Skip = Facilities.Mount ?? Facilities.Mode
            ?? programs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Facilities.Program).FirstOrDefault(reason => reason is not null);
    }

    public string Programs { get; }
}

/// <summary>As <see cref="MountFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountTheoryAttribute : TheoryAttribute
{
    public MountTheoryAttribute() => Skip = Facilities.Mount ?? Facilities.Mode;
}

/// <summary>A test that mounts with io_uring: skipped, saying why, where the kernel lacks it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IoUringFactAttribute : FactAttribute
{
    public IoUringFactAttribute() => Skip = Facilities.Mount ?? IoUringSwitch.Missing;
}

/// <summary>As <see cref="IoUringFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IoUringTheoryAttribute : TheoryAttribute
{
    public IoUringTheoryAttribute() => Skip = Facilities.Mount ?? IoUringSwitch.Missing;
}

/// <summary>A test that needs root: skipped, saying so, without.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Facilities.Root;
}

/// <summary>As <see cref="RootFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute() => Skip = Facilities.Root;
}

/// <summary>A test that compiles C against the kernel's own header of FUSE: skipped, saying so, without.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FuseHeaderFactAttribute : FactAttribute
{
    public FuseHeaderFactAttribute() => Skip = Facilities.FuseHeaderMissing;
}

/// <summary>A test that starts programs of the system: skipped when one of them is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProgramFactAttribute : FactAttribute
{
    /// <param name="programs">their names, divided by spaces</param>
    public ProgramFactAttribute(string programs)
    {
        ArgumentNullException.ThrowIfNull(programs);
        Programs = programs;
        Skip = programs.Split(' ').Select(Facilities.Program).FirstOrDefault(reason => reason is not null);
    }

    public string Programs { get; }
}
