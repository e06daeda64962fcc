"""What several test files share: slow, obvious references, scenes and broken disks."""
