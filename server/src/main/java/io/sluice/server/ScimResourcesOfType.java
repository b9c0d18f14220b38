package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.scim.ScimFilter;
import io.sluice.scim.ScimProjection;
import io.sluice.scim.ScimResourceType;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the routes of {@code /scim/v2} need of users and of groups. All of it throws {@code ScimException}. */
interface ScimResourcesOfType {
    /**
     * What a request made.
     *
     * @param resource whole, but of a group without its members
     * @param ignored names in the request that are not kept; of members, how many are not known
     */
    record Written(ObjectNode resource, List<String> ignored) {}

    /** @param resource whole, but without members that the projection does not want */
    record Found(ObjectNode resource, long version) {}

    ScimResourceType type();

    Written create(ScimCaller caller, ObjectNode body);

    Written replace(ScimCaller caller, String id, @Nullable String ifMatch, ObjectNode body);

    Written patch(ScimCaller caller, String id, @Nullable String ifMatch, ObjectNode body);

    /**
     * Whether a PATCH that does not say which attributes it wants is answered with the resource, and not with 204.
     *
     * @param body of the request
     */
    boolean answersPatch(ScimCaller caller, String id, ObjectNode body);

    void delete(ScimCaller caller, String id, @Nullable String ifMatch);

    Found get(ScimCaller caller, String id, ScimProjection projection);

    /** In an order that changes do not change. */
    Stream<ObjectNode> find(ScimCaller caller, @Nullable ScimFilter filter, ScimProjection projection);

    long size(ScimCaller caller);

    /**
     * Some in that order, each made when it is asked for.
     *
     * @param from 0 for the first
     */
    Stream<ObjectNode> page(ScimCaller caller, int from, int count, ScimProjection projection);
}
