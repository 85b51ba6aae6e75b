"""What the benchmarks share: third-party pages, captures kept on disk, peers to be measured against."""
