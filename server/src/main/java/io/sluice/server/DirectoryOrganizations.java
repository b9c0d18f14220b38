package io.sluice.server;

import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.schema.DirectoryOrganization;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Organizations as the directory has them. */
final class DirectoryOrganizations implements Organizations {
    /** What an organization's document says when it says nothing. */
    private static final DirectoryOrganization DEFAULT =
            DirectoryOrganization.newBuilder().build();

    private final Directories directories;
    private final BooleanSupplier loaded;

    /** @param loaded whether the directory is known as it was at start */
    DirectoryOrganizations(Directories directories, BooleanSupplier loaded) {
        this.directories = directories;
        this.loaded = loaded;
    }

    @Override
    public String planOf(String orgId) {
        return of(orgId).getPlan();
    }

    @Override
    public DirectoryOrganization of(String orgId) {
        return directory(orgId).organization().map(Document::content).orElse(DEFAULT);
    }

    @Override
    public @Nullable String parentOf(String orgId) {
        return of(orgId).getParentId();
    }

    @Override
    public boolean isActive(String orgId, String userId) {
        return directory(orgId)
                .user(userId)
                .filter(user -> user.content().getActive())
                .isPresent();
    }

    @Override
    public @Nullable String userOf(String orgId, String idOrLabel, long micros) {
        Directory directory = directory(orgId);
        return directory
                .user(idOrLabel)
                .map(Document::id)
                .or(() -> AsOf.userOf(directory, idOrLabel, micros))
                .orElse(null);
    }

    private Directory directory(String orgId) {
        if (!loaded.getAsBoolean()) {
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the directory is not loaded yet, try again");
        }
        return directories.of(orgId);
    }
}
