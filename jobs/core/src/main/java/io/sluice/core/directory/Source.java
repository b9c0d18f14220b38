package io.sluice.core.directory;

/** Values of {@code DirectoryVersion.source}. */
public final class Source {
    /** An identity provider. */
    public static final String SCIM = "scim";
    /** By hand, through the directory API. */
    public static final String ADMIN = "admin";
    /** Sluice itself, as a consequence of something else. */
    public static final String SYSTEM = "system";

    private Source() {}
}
