package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import java.io.IOException;
import java.time.Clock;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/compliance/exports}: all that a search finds, as a file that proves what is in it. */
final class ExportRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ExportRoutes.class);
    static final String PATH = "/v1/compliance/exports";
    private static final String SEARCH = "search";
    private static final String FORMAT = "format";
    private static final int MOST = 3;

    private final ContentQueries queries;
    private final SearchClauses clauses;
    private final AuditLog audit;
    private final Clock clock;
    /** Organizations whose export is being written: each has one place. */
    private final Set<String> running = new HashSet<>();

    ExportRoutes(ContentQueries queries, SearchClauses clauses, AuditLog audit, Clock clock) {
        this.queries = queries;
        this.clauses = clauses;
        this.audit = audit;
        this.clock = clock;
    }

    Route route() {
        return ContentRoutes.route(HttpMethod.POST, PATH, this::export);
    }

    private HttpResponse export(Call call) {
        JsonFields fields = new JsonFields(call.body(), Set.of(SEARCH, FORMAT));
        ExportFormat format = format(fields.anyText(FORMAT, "jsonl"));
        SearchBody search;
        try {
            JsonNode given = call.body().path(SEARCH);
            search = SearchBody.parse(given.isMissingNode() ? JsonNodeFactory.instance.objectNode() : given);
        } catch (Refusal refusal) {
            throw refusal.within(SEARCH);
        }
        String id = "exp_" + UUID.randomUUID();
        call.target(call.orgId(), id);
        call.detail("query", search.toJson().toString());
        call.detail(FORMAT, format.name().toLowerCase(Locale.ROOT));
        take(call.orgId());
        ConversationExport export;
        try {
            export = new ConversationExport(
                    queries,
                    new ConversationExport.Order(
                            id, call.orgId(), search, clauses.of(call.orgId(), search), format, clock.instant()));
        } catch (RuntimeException e) {
            giveBack(call.orgId());
            throw e;
        }
        call.detail("expected", Long.toString(export.expected()));
        call.ctx().clearRequestTimeout();
        HttpResponseWriter response = HttpResponse.streaming();
        response.write(ResponseHeaders.builder(HttpStatus.OK)
                .contentType(MediaType.ZIP)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.CONTENT_DISPOSITION, "attachment; filename=\"" + id + ".zip\"")
                .build());
        call.ctx().blockingTaskExecutor().execute(() -> write(call, id, export, response));
        return response;
    }

    /** The place is free before the client sees the end. */
    private void write(Call call, String id, ConversationExport export, HttpResponseWriter response) {
        try (export) {
            export.write(
                    new ResponseStream(response),
                    (exported, gone, hash) -> end(
                            call,
                            id,
                            AuditLog.DONE,
                            Map.of("exported", Long.toString(exported), "gone", Long.toString(gone), "sha256", hash)));
        } catch (IOException | RuntimeException e) {
            LOG.warn("An export was not finished: {}", e.getClass().getSimpleName());
            giveBack(call.orgId());
            response.close(e);
            notFinished(call, id);
            return;
        }
        giveBack(call.orgId());
        response.close();
    }

    private void notFinished(Call call, String id) {
        try {
            end(call, id, "not-finished", Map.of());
        } catch (IOException e) {
            LOG.warn("The audit does not know that an export was not finished");
        }
    }

    private void end(Call call, String id, String outcome, Map<String, String> details) throws IOException {
        try {
            audit.record(new AuditLog.Entry(
                            call.orgId(),
                            call.caller().actor(),
                            "end of POST " + PATH,
                            id,
                            outcome,
                            call.ctx().remoteAddress().getAddress().getHostAddress(),
                            new TreeMap<>(details)))
                    .join();
        } catch (CompletionException e) {
            throw new IOException("the audit cannot be written", e);
        }
    }

    private synchronized void take(String orgId) {
        if (running.contains(orgId) || running.size() >= MOST) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "export: " + (running.contains(orgId) ? "one of the organization" : "too many")
                            + " being written (expected: started when it is done)");
        }
        running.add(orgId);
    }

    private synchronized void giveBack(String orgId) {
        running.remove(orgId);
    }

    private static ExportFormat format(String given) {
        for (ExportFormat format : ExportFormat.values()) {
            if (format.name().toLowerCase(Locale.ROOT).equals(given)) {
                return format;
            }
        }
        throw Refusal.invalid(FORMAT, given, "jsonl or csv");
    }
}
