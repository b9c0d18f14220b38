package io.sluice.server;

import java.util.Set;

/**
 * Who is asking: everything a request may do follows from this.
 *
 * @param orgId the one organization that the request reads or writes
 * @param organizationIds Anthropic organization uuids that telemetry of this caller may claim; empty: any
 * @param local without a token, over loopback
 */
record Caller(String orgId, Set<Scope> scopes, Set<String> organizationIds, boolean local) {
    Caller {
        scopes = Set.copyOf(scopes);
        organizationIds = Set.copyOf(organizationIds);
    }

    boolean may(Scope scope) {
        return scopes.contains(scope) || scopes.contains(Scope.ADMIN);
    }

    /** Whether old telemetry of this caller may be exempt from being late. */
    boolean mayImportHistory() {
        return local || scopes.contains(Scope.ADMIN);
    }
}
