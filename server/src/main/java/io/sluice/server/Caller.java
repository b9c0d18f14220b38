package io.sluice.server;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking: everything a request may do follows from this.
 *
 * @param actor id of the token; {@link #ANONYMOUS} without one
 * @param home organization of the token: the one that it administers, if it does
 * @param orgId the one organization that the request reads or writes; another than {@code home} only to read
 * @param organizationIds Anthropic organization uuids that telemetry of this caller may claim; empty: any
 * @param linkedOrganizations other organizations that it may read when it names them
 * @param user whose token it is: the directory id, or a label of somebody who was not there; null: nobody's
 */
record Caller(
        String actor,
        String home,
        String orgId,
        Set<Scope> scopes,
        Set<String> organizationIds,
        Set<String> linkedOrganizations,
        @Nullable String user) {
    /** Without a token, over loopback. */
    static final String ANONYMOUS = "anonymous-loopback";

    Caller {
        scopes = Set.copyOf(scopes);
        organizationIds = Set.copyOf(organizationIds);
        linkedOrganizations = Set.copyOf(linkedOrganizations);
    }

    static Caller anonymous(String orgId, Scope scope) {
        return new Caller(ANONYMOUS, orgId, orgId, Set.of(scope), Set.of(), Set.of(), null);
    }

    boolean may(Scope scope) {
        if (scopes.contains(Scope.SCIM)) {
            return scope == Scope.SCIM;
        }
        return scopes.contains(scope) || scopes.contains(Scope.ADMIN);
    }

    /** Without a token, over loopback. */
    boolean local() {
        return actor.equals(ANONYMOUS);
    }

    /** Whether old telemetry of this caller may be exempt from being late. */
    boolean mayImportHistory() {
        return local() || may(Scope.ADMIN);
    }

    /**
     * The same caller, reading the organization of that name.
     *
     * @throws Refusal NOT_FOUND when the token has no grant, and then the answer does not tell whether it exists
     */
    Caller reading(String organization) {
        if (organization.equals(orgId)) {
            return this;
        }
        if (!organization.equals(home) && !linkedOrganizations.contains(organization)) {
            throw new Refusal(Refusal.Kind.NOT_FOUND, Route.ORGANIZATION, "organization: no such organization");
        }
        return new Caller(actor, home, organization, scopes, organizationIds, linkedOrganizations, user);
    }
}
