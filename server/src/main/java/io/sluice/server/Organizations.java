package io.sluice.server;

import org.jspecify.annotations.Nullable;

/** What access has to know of an organization. Answered from memory; asked with every request. */
interface Organizations {
    /** Before there is a directory: everything is allowed, and nobody has a parent. */
    Organizations UNKNOWN = new Organizations() {
        @Override
        public String planOf(String orgId) {
            return "enterprise";
        }

        @Override
        public @Nullable String parentOf(String orgId) {
            return null;
        }
    };

    /** Name of its plan; of an organization that has no document, the plan that one has by default. */
    String planOf(String orgId);

    /** The organization that its document names as parent; null: none, or no document. */
    @Nullable
    String parentOf(String orgId);
}
