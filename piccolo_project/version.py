from apps.shared.version import VERSION as VERSION
