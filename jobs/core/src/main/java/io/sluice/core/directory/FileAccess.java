package io.sluice.core.directory;

import java.util.Optional;

/** What may be done with files. Each includes the ones before. */
public enum FileAccess {
    NONE("none"),
    READ("read"),
    WRITE("write");

    private final String accessName;

    FileAccess(String accessName) {
        this.accessName = accessName;
    }

    /** As {@code DirectoryRole.file_access} spells it. */
    public String accessName() {
        return accessName;
    }

    public static Optional<FileAccess> named(String accessName) {
        for (FileAccess access : values()) {
            if (access.accessName.equals(accessName)) {
                return Optional.of(access);
            }
        }
        return Optional.empty();
    }
}
