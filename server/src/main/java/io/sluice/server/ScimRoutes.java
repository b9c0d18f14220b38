package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import io.sluice.scim.ScimBulk;
import io.sluice.scim.ScimDocuments;
import io.sluice.scim.ScimErrorType;
import io.sluice.scim.ScimException;
import io.sluice.scim.ScimFilter;
import io.sluice.scim.ScimJson;
import io.sluice.scim.ScimListRequest;
import io.sluice.scim.ScimProjection;
import io.sluice.scim.ScimResourceType;
import io.sluice.scim.ScimResources;
import io.sluice.scim.ScimVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /scim/v2} (RFC 7644), for identity providers. */
final class ScimRoutes {
    static final String BASE = "/scim/v2";
    private static final MediaType SCIM_JSON = MediaType.parse("application/scim+json");

    /** A group of 20,000 with references in one request. */
    private static final int MAX_BODY_BYTES = 8 * 1024 * 1024;

    /** What a refusal has to say besides, as an extension of the error: which plan has the feature. */
    static final String ERROR_DETAILS = "urn:sluice:params:scim:api:messages:2.0:ErrorDetails";

    static final RouteGroup.ErrorBody ERRORS = new RouteGroup.ErrorBody() {
        @Override
        public MediaType type() {
            return SCIM_JSON;
        }

        @Override
        public ObjectNode of(Refusal refusal) {
            String word = refusal.details().path("scimType").textValue();
            ScimErrorType type = null;
            for (ScimErrorType each : ScimErrorType.values()) {
                type = each.word().equals(word) ? each : type;
            }
            ObjectNode body = new ScimException(refusal.kind().http().code(), type, refusal.getMessage()).body();
            ObjectNode details = refusal.details().deepCopy().without("scimType");
            if (!details.isEmpty()) {
                body.withArray("schemas").add(ERROR_DETAILS);
                body.putObject(ERROR_DETAILS).put("type", refusal.kind().rest()).setAll(details);
            }
            return body;
        }
    };

    private static final Set<String> PROJECTION = Set.of("attributes", "excludedAttributes");
    private static final Set<String> QUERY =
            Set.of("filter", "startIndex", "count", "sortBy", "sortOrder", "attributes", "excludedAttributes");

    private final DirectoryStore store;
    private final ScimUsers users;
    private final ScimGroups groups;
    private final boolean https;

    /** @param https whether this server's own listener speaks TLS; for the absolute locations in answers */
    ScimRoutes(DirectoryStore store, boolean https, Leavers leavers) {
        this.store = store;
        this.users = new ScimUsers(store, leavers);
        this.groups = new ScimGroups(store);
        this.https = https;
    }

    RouteGroup group() {
        List<Route> routes = new ArrayList<>();
        for (ScimResourcesOfType each : List.of(users, groups)) {
            String path = BASE + each.type().endpoint();
            String one = path + "/{id}";
            routes.add(route(HttpMethod.GET, path, call -> list(each, call)).parameters(QUERY));
            routes.add(route(HttpMethod.POST, path, call -> create(each, call)).parameters(PROJECTION));
            routes.add(route(HttpMethod.POST, path + "/.search", call -> search(each, call)));
            routes.add(route(HttpMethod.GET, one, call -> get(each, call)).parameters(PROJECTION));
            routes.add(route(HttpMethod.PUT, one, call -> replace(each, call)).parameters(PROJECTION));
            routes.add(route(HttpMethod.PATCH, one, call -> patch(each, call)).parameters(PROJECTION));
            routes.add(route(HttpMethod.DELETE, one, call -> delete(each, call)));
        }
        routes.add(route(HttpMethod.POST, BASE + "/.search", this::searchAll));
        routes.add(route(HttpMethod.POST, BASE + "/Bulk", this::bulk));
        routes.add(route(HttpMethod.GET, BASE + "/Me", call -> {
            throw new ScimException(501, null, "/Me: a token is no user (expected: /Users with a filter)");
        }));
        routes.add(document("/ServiceProviderConfig", call -> ScimDocuments.serviceProviderConfig(baseUrl(call))));
        routes.add(document("/ResourceTypes", call -> ScimDocuments.resourceTypes(baseUrl(call))));
        routes.add(document(
                "/ResourceTypes/{name}", call -> ScimDocuments.resourceType(call.path("name"), baseUrl(call))));
        routes.add(document("/Schemas", call -> ScimDocuments.schemas(baseUrl(call))));
        routes.add(document("/Schemas/{urn}", call -> ScimDocuments.schema(call.path("urn"), baseUrl(call))));
        return new RouteGroup(BASE, List.of(SCIM_JSON, MediaType.JSON), MAX_BODY_BYTES, true, ERRORS, routes);
    }

    private static Route route(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return Route.of(
                        method,
                        path,
                        Scope.SCIM,
                        call -> CompletableFuture.completedFuture(refusing(() -> handler.apply(call))))
                .feature("groups-and-roles")
                .audited();
    }

    private static Route document(String path, Function<Call, ObjectNode> document) {
        return route(HttpMethod.GET, BASE + path, call -> {
            if (call.parameters().text("filter") != null) {
                // RFC 7644, 4: or the client would believe that what it got matches.
                throw new ScimException(403, null, "filter: given (expected: none, since this is not filtered)");
            }
            return json(HttpStatus.OK, document.apply(call));
        });
    }

    /** A refusal of SCIM's own as one of the server's. */
    private static <T> T refusing(Supplier<T> handler) {
        try {
            return handler.get();
        } catch (ScimException e) {
            Refusal refusal = new Refusal(kind(e.status()), e.detail());
            ScimErrorType type = e.type();
            throw type == null ? refusal : refusal.with("scimType", TextNode.valueOf(type.word()));
        }
    }

    private static Refusal.Kind kind(int status) {
        return switch (status) {
            case 403 -> Refusal.Kind.FORBIDDEN;
            case 404 -> Refusal.Kind.NOT_FOUND;
            case 409 -> Refusal.Kind.CONFLICT;
            case 412 -> Refusal.Kind.PRECONDITION_FAILED;
            case 413 -> Refusal.Kind.TOO_LARGE;
            case 501 -> Refusal.Kind.NOT_IMPLEMENTED;
            case 503 -> Refusal.Kind.UNAVAILABLE;
            default -> Refusal.Kind.INVALID;
        };
    }

    private String baseUrl(Call call) {
        return ScimAddress.of(call.request().headers(), https) + BASE;
    }

    private ScimCaller caller(Call call) {
        store.requireLoaded();
        return new ScimCaller(call.orgId(), call.caller().actor(), baseUrl(call));
    }

    private static ObjectNode body(Call call) {
        call.requireBodyType();
        return ScimJson.read(call.request().content().array());
    }

    private static @Nullable String ifMatch(Call call) {
        return call.request().headers().get(HttpHeaderNames.IF_MATCH);
    }

    private static ScimProjection projection(ScimResourceType type, Call call) {
        return ScimProjection.of(
                type, call.parameters().text("attributes"), call.parameters().text("excludedAttributes"));
    }

    private HttpResponse list(ScimResourcesOfType resources, Call call) {
        return page(
                resources,
                call,
                ScimListRequest.ofQuery(
                        resources.type(), name -> call.parameters().text(name)));
    }

    private HttpResponse search(ScimResourcesOfType resources, Call call) {
        return page(resources, call, ScimListRequest.ofSearch(resources.type(), body(call)));
    }

    private HttpResponse page(ScimResourcesOfType resources, Call call, ScimListRequest request) {
        ScimPage page = new ScimPage(request.startIndex(), request.count());
        add(page, resources, caller(call), request);
        return json(HttpStatus.OK, page.answer());
    }

    /** Users, then groups. A type that does not have what the filter asks for has no matches. */
    private HttpResponse searchAll(Call call) {
        ObjectNode body = body(call);
        ScimPage page = null;
        ScimException refused = null;
        for (ScimResourcesOfType each : List.of(users, groups)) {
            try {
                ScimListRequest request = ScimListRequest.ofSearch(each.type(), body);
                page = page == null ? new ScimPage(request.startIndex(), request.count()) : page;
                add(page, each, caller(call), request);
            } catch (ScimException e) {
                refused = e;
            }
        }
        if (page == null) {
            throw Objects.requireNonNull(refused);
        }
        return json(HttpStatus.OK, page.answer());
    }

    private static void add(ScimPage page, ScimResourcesOfType resources, ScimCaller caller, ScimListRequest request) {
        ScimFilter filter = request.filter();
        ScimProjection projection = request.projection();
        if (filter == null) {
            Stream<ObjectNode> there = resources.page(caller, page.skip(), page.room(), projection);
            page.addSome(there.map(projection::apply), resources.size(caller));
        } else {
            page.addMatches(resources.find(caller, filter, projection), projection::apply);
        }
    }

    private HttpResponse get(ScimResourcesOfType resources, Call call) {
        ScimProjection projection = projection(resources.type(), call);
        ScimResourcesOfType.Found found = resources.get(caller(call), call.path("id"), projection);
        String ifNoneMatch = call.request().headers().get(HttpHeaderNames.IF_NONE_MATCH);
        if (ScimVersion.isNotModified(ifNoneMatch, found.version())) {
            return HttpResponse.of(ResponseHeaders.builder(HttpStatus.NOT_MODIFIED)
                    .set(HttpHeaderNames.ETAG, ScimVersion.format(found.version()))
                    .build());
        }
        return resource(HttpStatus.OK, found.resource(), projection);
    }

    private HttpResponse create(ScimResourcesOfType resources, Call call) {
        ScimProjection projection = projection(resources.type(), call);
        ObjectNode created = written(call, resources.create(caller(call), body(call)));
        return resource(HttpStatus.CREATED, withMembers(resources, call, created, projection), projection);
    }

    private HttpResponse replace(ScimResourcesOfType resources, Call call) {
        ScimProjection projection = projection(resources.type(), call);
        ObjectNode replaced =
                written(call, resources.replace(caller(call), call.path("id"), ifMatch(call), body(call)));
        return resource(HttpStatus.OK, withMembers(resources, call, replaced, projection), projection);
    }

    private HttpResponse patch(ScimResourcesOfType resources, Call call) {
        ScimProjection projection = projection(resources.type(), call);
        ObjectNode body = body(call);
        ObjectNode patched = written(call, resources.patch(caller(call), call.path("id"), ifMatch(call), body));
        if (call.parameters().text("attributes") == null
                && !resources.answersPatch(caller(call), call.path("id"), body)) {
            return HttpResponse.of(headers(HttpStatus.NO_CONTENT, patched).build());
        }
        return resource(HttpStatus.OK, withMembers(resources, call, patched, projection), projection);
    }

    /** What was written, with the members as well if the answer is to have them. */
    private ObjectNode withMembers(
            ScimResourcesOfType resources, Call call, ObjectNode written, ScimProjection projection) {
        return resources.type() == ScimResourceType.GROUP && projection.wants(ScimGroups.MEMBERS)
                ? resources
                        .get(caller(call), written.path("id").asText(), projection)
                        .resource()
                : written;
    }

    private HttpResponse delete(ScimResourcesOfType resources, Call call) {
        resources.delete(caller(call), call.path("id"), ifMatch(call));
        return HttpResponse.of(HttpStatus.NO_CONTENT);
    }

    /** The audit tells what the request is about, and what of it was passed over. */
    private static ObjectNode written(Call call, ScimResourcesOfType.Written written) {
        call.target(call.orgId(), written.resource().path("id").asText());
        if (!written.ignored().isEmpty()) {
            call.detail("ignored", String.join(", ", written.ignored()));
        }
        return written.resource();
    }

    private HttpResponse bulk(Call call) {
        if (call.request().content().length() > ScimBulk.MAX_PAYLOAD_BYTES) {
            throw ScimBulk.tooLarge();
        }
        ScimCaller caller = caller(call);
        StringJoiner done = new StringJoiner(", ");
        ObjectNode answer = ScimBulk.run(body(call), caller.baseUrl(), operation -> {
            ScimBulk.Outcome outcome = execute(caller, operation);
            done.add(operation.method() + " " + outcome.id());
            return outcome;
        });
        call.detail("done", done.toString());
        return json(HttpStatus.OK, answer);
    }

    private ScimBulk.Outcome execute(ScimCaller caller, ScimBulk.Operation operation) {
        ScimResourcesOfType resources = operation.type() == ScimResourceType.USER ? users : groups;
        String id = operation.id() == null ? "" : operation.id();
        try {
            return switch (operation.method()) {
                case POST -> outcome(201, resources.create(caller, operation.data()));
                case PUT -> outcome(200, resources.replace(caller, id, operation.version(), operation.data()));
                case PATCH -> outcome(200, resources.patch(caller, id, operation.version(), operation.data()));
                case DELETE -> {
                    resources.delete(caller, id, operation.version());
                    yield new ScimBulk.Outcome(
                            204, id, ScimResources.location(resources.type(), id, caller.baseUrl()), null);
                }
            };
        } catch (Refusal e) {
            // One operation's failure is its own.
            throw new ScimException(e.kind().http().code(), null, e.getMessage());
        }
    }

    private static ScimBulk.Outcome outcome(int status, ScimResourcesOfType.Written written) {
        ObjectNode resource = written.resource();
        return new ScimBulk.Outcome(
                status,
                resource.path("id").asText(),
                resource.path("meta").path("location").asText(),
                resource.path("meta").path("version").asText());
    }

    private static HttpResponse json(HttpStatus status, ObjectNode body) {
        ResponseHeadersBuilder headers =
                ResponseHeaders.builder(status).contentType(SCIM_JSON).set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        return HttpResponse.of(headers.build(), HttpData.wrap(ScimJson.write(body)));
    }

    /** @param complete with its {@code meta}, which is in the headers whatever the client wants to see of it */
    private static HttpResponse resource(HttpStatus status, ObjectNode complete, ScimProjection projection) {
        ResponseHeaders headers = headers(status, complete)
                .contentType(SCIM_JSON)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .build();
        return HttpResponse.of(headers, HttpData.wrap(ScimJson.write(projection.apply(complete))));
    }

    /** {@code Content-Location} by RFC 7643, 3.1; {@code Location} also besides 201, as in RFC 7644's examples. */
    private static ResponseHeadersBuilder headers(HttpStatus status, ObjectNode complete) {
        JsonNode meta = complete.path("meta");
        String location = meta.path("location").asText();
        return ResponseHeaders.builder(status)
                .set(HttpHeaderNames.ETAG, meta.path("version").asText())
                .set(HttpHeaderNames.LOCATION, location)
                .set(HttpHeaderNames.CONTENT_LOCATION, location);
    }
}
