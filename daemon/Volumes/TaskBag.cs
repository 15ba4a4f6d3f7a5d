namespace Nnpfs.Daemon.Volumes;

/// <summary>Work that nobody waits for now; its owner waits for all of it at its end.</summary>
internal sealed class TaskBag
{
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = []; // guarded by _gate

    /// <param name="task">reports its failures itself</param>
    public void Add(Task task)
    {
        if (task.IsCompleted)
            return;
        lock (_gate)
            _running.Add(task);
        task.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task AllAsync()
    {
        lock (_gate)
            return Task.WhenAll(_running);
    }

    private void Remove(Task task)
    {
        lock (_gate)
            _running.Remove(task);
    }
}
