package io.sluice.simulator;

import org.jspecify.annotations.Nullable;

/**
 * A conversation, which several client processes may carry on.
 *
 * @param repository null: outside of any
 */
record Session(String id, boolean desktop, @Nullable Repository repository) {
    String product() {
        return desktop ? "claude-code-desktop" : "claude-code";
    }
}
