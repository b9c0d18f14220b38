package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScimBulkTest {
    private static final String BASE = "https://sluice.example.com/scim/v2";

    private final List<ScimBulk.Operation> executed = new ArrayList<>();

    /** Refuses the user "taken"; else makes ids from the order of calls. */
    private ScimBulk.Outcome execute(ScimBulk.Operation operation) {
        if (operation.data().path("userName").asText().equals("taken")) {
            throw ScimException.taken("userName");
        }
        executed.add(operation);
        String id = operation.id() == null ? "n" + executed.size() : operation.id();
        String location = ScimResources.location(operation.type(), id, BASE);
        return switch (operation.method()) {
            case POST -> new ScimBulk.Outcome(201, id, location, "W/\"1\"");
            case PUT, PATCH -> new ScimBulk.Outcome(200, id, location, "W/\"2\"");
            case DELETE -> new ScimBulk.Outcome(204, id, location, null);
        };
    }

    private JsonNode run(String operations, String more) {
        ObjectNode answer = ScimBulk.run(
                Cases.json("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],'Operations':["
                        + operations + "]" + more + "}"),
                BASE,
                this::execute);
        assertThat(answer.at("/schemas/0").asText()).isEqualTo("urn:ietf:params:scim:api:messages:2.0:BulkResponse");
        return answer.get("Operations");
    }

    private static String brief(JsonNode results) {
        StringBuilder out = new StringBuilder();
        for (JsonNode result : results) {
            out.append(result.path("bulkId").asText("-"))
                    .append(':')
                    .append(result.get("status").textValue())
                    .append(' ');
        }
        return out.toString().trim();
    }

    private static String post(String bulkId, String data) {
        return "{'method':'post','path':'/Users','bulkId':'" + bulkId + "','data':" + data + "}";
    }

    @Test
    void executesEachMethod() {
        JsonNode results = run(
                post("a", "{'userName':'x'}")
                        + ",{'method':'PUT','path':'/Users/1','version':'W/\\'3\\'','data':{'userName':'y'}}"
                                .replace("\\'", "\\\"")
                        + ",{'method':'PATCH','path':'/Groups/2','data':{}},{'method':'DELETE','path':'/Users/3'}",
                "");
        assertThat(results.get(0))
                .isEqualTo(
                        Cases.json("{'location':'" + BASE + "/Users/n1','method':'POST','bulkId':'a','status':'201'}")
                                .put("version", "W/\"1\""));
        assertThat(results.get(3))
                .isEqualTo(Cases.json("{'location':'" + BASE + "/Users/3','method':'DELETE','status':'204'}"));
        assertThat(executed.get(1).version()).isEqualTo("W/\"3\"");
        assertThat(executed.get(2).type()).isEqualTo(ScimResourceType.GROUP);
        assertThat(brief(results)).isEqualTo("a:201 -:200 -:200 -:204");
    }

    @Test
    void replacesReferencesBackwardsForwardsAndInPaths() {
        JsonNode results = run(
                "{'method':'POST','path':'/Groups','bulkId':'g','data':{'displayName':'G','members':[{'value':'bulkId:b'},{'value':'bulkId:a'}]}},"
                        + post("a", "{'userName':'a'}") + "," + post("b", "{'userName':'b'}")
                        + ",{'method':'PATCH','path':'/Groups/bulkId:g','data':{'Operations':[]}}",
                "");
        assertThat(brief(results)).isEqualTo("g:201 a:201 b:201 -:200");
        assertThat(executed).extracting(ScimBulk.Operation::bulkId).containsExactly("b", "a", "g", null);
        assertThat(executed.get(2).data().get("members").toString())
                .isEqualTo("[{\"value\":\"n1\"},{\"value\":\"n2\"}]");
        assertThat(executed.get(3).id()).isEqualTo("n3");
    }

    @Test
    void refusesCirclesUnknownReferencesAndThoseToFailures() {
        JsonNode results = run(
                post("a", "{'userName':'a','manager':'bulkId:b'}") + ","
                        + post("b", "{'userName':'b','manager':'bulkId:a'}") + ","
                        + post("c", "{'userName':'c','manager':'bulkId:c'}") + ","
                        + post("d", "{'userName':'taken'}") + ","
                        + post("e", "{'userName':'e','manager':'bulkId:d'}") + ","
                        + post("f", "{'userName':'f','manager':'bulkId:zzz'}") + "," + post("h", "{'userName':'h'}"),
                "");
        assertThat(brief(results)).isEqualTo("a:409 b:409 c:409 d:409 e:409 f:400 h:201");
        assertThat(results.at("/3/response/scimType").asText()).isEqualTo("uniqueness");
        assertThat(results.at("/3/location").isMissingNode()).isTrue();
    }

    @Test
    void stopsAfterSoManyErrors() {
        String taken = "{'userName':'taken'}";
        String all = post("a", taken) + "," + post("b", "{'userName':'b'}") + "," + post("c", taken) + ","
                + post("d", "{'userName':'d'}");
        assertThat(brief(run(all, ",'failOnErrors':1"))).isEqualTo("a:409");
        assertThat(brief(run(all, ",'failOnErrors':2"))).isEqualTo("a:409 b:201 c:409");
        assertThat(brief(run(all, ""))).isEqualTo("a:409 b:201 c:409 d:201");
        assertThat(brief(run(
                        post("x", "{'userName':'x','m':'bulkId:a'}") + "," + post("a", taken), ",'failOnErrors':1")))
                .as("one that waits for the failure is not tried")
                .isEqualTo("a:409");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'method':'GET','path':'/Users'}",
                "{'path':'/Users'}",
                "{'method':'POST','path':'/Users','data':{}}",
                "{'method':'POST','path':'/Users/1','bulkId':'a','data':{}}",
                "{'method':'POST','path':'/Cars','bulkId':'a','data':{}}",
                "{'method':'POST','path':'','bulkId':'a','data':{}}",
                "{'method':'POST','path':'/Users','bulkId':'a'}",
                "{'method':'POST','path':'/Users','bulkId':'a','data':[]}",
                "{'method':'DELETE','path':'/Users'}",
                "{'method':'DELETE','path':'/Users/'}",
                "{'method':'DELETE','path':'/Users/1/2'}",
                "{'method':'PATCH','path':'/Users/1'}",
                "{'method':'PATCH','path':'/Users/bulkId:x','data':{}}"
            })
    void refusesOneOperationAndGoesOn(String operation) {
        JsonNode results = run(operation + "," + post("z", "{'userName':'z'}"), "");
        assertThat(results.get(0).get("status").textValue()).isEqualTo("400");
        assertThat(results.get(0).at("/response/detail").asText()).contains("(expected: ");
        assertThat(results.get(1).get("status").textValue()).isEqualTo("201");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'Operations':{}}",
                "{'Operations':[7]}",
                "{'Operations':[{'method':7}]}",
                "{'Operations':[],'failOnErrors':-1}",
                "{'Operations':[],'failOnErrors':'x'}",
                "{'schemas':['x'],'Operations':[]}",
                "{'Operations':[{'method':'DELETE','bulkId':'a'},{'method':'DELETE','bulkId':'a'}]}"
            })
    void refusesARequestThatIsNone(String body) {
        ScimException e = org.assertj.core.api.Assertions.catchThrowableOfType(
                ScimException.class, () -> ScimBulk.run(Cases.json(body), BASE, this::execute));
        assertThat(e).isNotNull();
        assertThat(e.status()).isEqualTo(400);
        assertThat(executed).isEmpty();
    }

    @Test
    void takesAThousandThatWaitForEachOtherAndNoMore() {
        ObjectNode body = ScimJson.object();
        ArrayNode operations = body.putArray("Operations");
        for (int i = 0; i < 1_000; i++) {
            operations.add(Cases.json(post("b" + i, i == 999 ? "{}" : "{'m':'bulkId:b" + (i + 1) + "'}")));
        }
        assertThat(ScimBulk.run(body, BASE, this::execute).get("Operations")).hasSize(1_000);
        assertThat(executed.get(0).bulkId()).isEqualTo("b999");
        operations.add(Cases.json(post("one", "{}")));
        Cases.assertRefused(
                Cases.json("{'status':'413','detail':'Operations: a list of 1001'}"),
                () -> ScimBulk.run(body, BASE, this::execute));
    }
}
