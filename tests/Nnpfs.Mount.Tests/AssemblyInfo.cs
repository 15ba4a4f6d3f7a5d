// Mounts share the machine's kernel caches, which tests drop: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
