package io.sluice.server;

import io.sluice.core.caps.CapScope;
import io.sluice.core.directory.Directory;
import io.sluice.schema.DirectoryUser;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What people call those whose spend a cap limits. */
final class CapNames {
    private CapNames() {}

    /** Null: the scope has no id, or the directory does not have it. */
    static @Nullable String of(Directory directory, CapScope scope, @Nullable String scopeId) {
        return switch (scope) {
            case USER ->
                directory
                        .user(Objects.requireNonNull(scopeId))
                        .map(user -> name(user.content()))
                        .orElse(null);
            case GROUP, GROUP_POOL ->
                directory
                        .group(Objects.requireNonNull(scopeId))
                        .map(group -> group.content().getDisplayName())
                        .orElse(null);
            case SEAT_TIER, ORGANIZATION, ORGANIZATION_TOTAL -> null;
        };
    }

    private static String name(DirectoryUser user) {
        String email = UserJson.email(user);
        return email == null ? user.getUserName() : email;
    }
}
