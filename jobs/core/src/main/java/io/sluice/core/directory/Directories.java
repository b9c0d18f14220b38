package io.sluice.core.directory;

import io.sluice.schema.DirectoryVersion;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The directory of every organization. What is asked of one organization's directory cannot answer for another.
 *
 * <p>For one writer and many readers at a time.
 */
public final class Directories {
    private final ConcurrentHashMap<String, Directory> byOrganization = new ConcurrentHashMap<>();

    /** See {@link Directory#apply}. */
    public boolean apply(DirectoryVersion version) {
        Directory directory = of(version.getOrgId());
        boolean changed = directory.apply(version);
        if (changed) {
            byOrganization.putIfAbsent(version.getOrgId(), directory);
        }
        return changed;
    }

    /**
     * The directory of an organization; an empty one where nothing is known of it yet. To be asked for each time: an
     * empty one stays empty.
     */
    public Directory of(String orgId) {
        Directory directory = byOrganization.get(orgId);
        return directory != null ? directory : new Directory(orgId);
    }

    /** Ids of the organizations that something is known of, sorted. */
    public List<String> organizations() {
        return byOrganization.keySet().stream().sorted().toList();
    }
}
