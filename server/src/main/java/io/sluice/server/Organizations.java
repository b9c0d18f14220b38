package io.sluice.server;

import io.sluice.schema.DirectoryOrganization;
import org.jspecify.annotations.Nullable;

/**
 * What access has to know of an organization. Answered from memory; asked with every request.
 *
 * <p>Refuses with UNAVAILABLE while it is not known: a plan that is not known yet must open nothing.
 */
interface Organizations {
    /** Name of its plan; of an organization that has no document, the plan that one has by default. */
    String planOf(String orgId);

    /** Its document; of one that has none, what a document says when it says nothing. */
    DirectoryOrganization of(String orgId);

    /** Whether it has a user of that id who is active. */
    boolean isActive(String orgId, String userId);

    /**
     * The user whom an id or a label means, active or not; null: nobody in the directory.
     *
     * @param micros now
     */
    @Nullable
    String userOf(String orgId, String idOrLabel, long micros);

    /** The organization that its document names as parent; null: none, or no document. */
    @Nullable
    String parentOf(String orgId);
}
