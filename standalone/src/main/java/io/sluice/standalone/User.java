package io.sluice.standalone;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import org.jspecify.annotations.Nullable;

/** Who runs this, and what an ordinary user may enter. */
final class User {
    /** The user without rights that Elasticsearch runs as when this is root. */
    static final int NOBODY = 65_534;

    private User() {}

    /** As shells and their users mean it; Java asks the user database, which may say another. */
    static Path home() {
        String home = System.getenv("HOME");
        return Path.of(home == null || home.isBlank() ? System.getProperty("user.home") : home);
    }

    static boolean isRoot() {
        return new UnixSystem().getUid() == 0;
    }

    /** The first folder on the way to this path that ordinary users may not enter; null if they may enter all. */
    static @Nullable Path firstClosed(Path path) throws IOException {
        Path absolute = path.toAbsolutePath();
        for (int names = 1; names <= absolute.getNameCount(); names++) {
            Path ancestor = absolute.getRoot().resolve(absolute.subpath(0, names));
            if (!Files.exists(ancestor)) {
                return null;
            }
            if (Files.isDirectory(ancestor)
                    && !Files.getPosixFilePermissions(ancestor).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return ancestor;
            }
        }
        return null;
    }
}
