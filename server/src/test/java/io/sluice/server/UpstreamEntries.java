package io.sluice.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Index;
import io.sluice.testing.ElasticsearchServer;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Documents of an organization's directory at Anthropic, as the job writes them. */
final class UpstreamEntries {
    private static final String INDEX = "/" + Index.COMPLIANCE_DIRECTORY.indexName();

    private final ElasticsearchServer elasticsearch;
    private final String orgId;
    private final StringBuilder bulk = new StringBuilder();

    UpstreamEntries(ElasticsearchServer elasticsearch, String orgId) {
        this.elasticsearch = elasticsearch;
        this.orgId = orgId;
    }

    UpstreamEntries organization(String uuid, String name) {
        return add(UpstreamDirectory.Kind.ORGANIZATION, null, uuid, name, null, raw("uuid", uuid, "name", name));
    }

    UpstreamEntries user(String organization, String id, String email) {
        return add(UpstreamDirectory.Kind.USER, organization, id, "Name", email, raw("id", id, "email", email));
    }

    UpstreamEntries role(String organization, String id, String name) {
        return add(UpstreamDirectory.Kind.ROLE, organization, id, name, null, raw("id", id, "name", name));
    }

    UpstreamEntries permission(String role, String action) {
        return add(
                UpstreamDirectory.Kind.PERMISSION,
                role,
                action + "/organization/x",
                null,
                null,
                raw("action", action, "resource_type", "organization"));
    }

    UpstreamEntries group(String id, String name) {
        return add(UpstreamDirectory.Kind.GROUP, null, id, name, null, raw("id", id, "name", name));
    }

    UpstreamEntries member(String group, String id, @Nullable String email) {
        return add(UpstreamDirectory.Kind.MEMBER, group, id, null, email, raw("user_id", id, "email", email));
    }

    /** What upstream lists no more. */
    UpstreamEntries gone(UpstreamDirectory.Kind kind, @Nullable String parent, String id) {
        return add(kind, parent, id, "gone", "gone@example.com", null);
    }

    private static ObjectNode raw(String idField, String id, String field, @Nullable String value) {
        ObjectNode raw = JsonNodeFactory.instance.objectNode().put(idField, id).put(field, value);
        raw.putObject("unknown").put("new", true);
        return raw;
    }

    private UpstreamEntries add(
            UpstreamDirectory.Kind kind,
            @Nullable String parent,
            String id,
            @Nullable String name,
            @Nullable String email,
            @Nullable ObjectNode raw) {
        ObjectNode action = JsonNodeFactory.instance.objectNode();
        action.putObject("index").put("_id", Secret.sha256(orgId + '|' + kind + '|' + parent + '|' + id));
        ObjectNode document = JsonNodeFactory.instance
                .objectNode()
                .put("org_id", orgId)
                .put("kind", kind.name().toLowerCase(Locale.ROOT))
                .put("entry_id", id)
                .put("parent_id", parent)
                .put("fetched_at", "2026-11-01T00:00:00Z")
                .put("email", email == null ? null : email.toLowerCase(Locale.ROOT))
                .put("name", name)
                .put("gone", raw == null)
                .put("raw", raw == null ? "" : raw.toString());
        bulk.append(action).append('\n').append(document).append('\n');
        return this;
    }

    /** All that was said, to be found from now on. */
    void write() throws IOException, InterruptedException {
        String answer = TestElastic.send(elasticsearch, "POST", INDEX + "/_bulk?refresh=true", bulk.toString());
        bulk.setLength(0);
        if (RunningServer.JSON.readTree(answer).path("errors").asBoolean(true)) {
            throw new AssertionError(answer);
        }
    }
}
