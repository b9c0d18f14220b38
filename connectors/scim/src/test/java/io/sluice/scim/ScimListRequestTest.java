package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScimListRequestTest {
    @ParameterizedTest
    @CsvSource({
        ",,1,200",
        "1,1,1,1",
        "0,0,1,0",
        "-5,-1,1,0",
        "7,1000,7,200",
        "99999999999999999999,99999999999999999999,2147483647,200",
        "' 2 ',+3,2,3"
    })
    void readsThePage(@Nullable String start, @Nullable String count, int startIndex, int expectedCount) {
        Map<String, String> query = new HashMap<>();
        if (start != null) {
            query.put("startIndex", start);
        }
        if (count != null) {
            query.put("count", count);
        }
        ScimListRequest request = ScimListRequest.ofQuery(ScimResourceType.USER, query::get);
        assertThat(request.startIndex()).isEqualTo(startIndex);
        assertThat(request.count()).isEqualTo(expectedCount);
        assertThat(request.filter()).isNull();
        ObjectNode body = ScimJson.object();
        query.forEach(body::put);
        assertThat(ScimListRequest.ofSearch(ScimResourceType.USER, body).startIndex())
                .isEqualTo(startIndex);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1.5", "1e3", "100000000000000000000000", "٣"})
    void refusesWhatIsNoNumber(String text) {
        Cases.assertRefused(
                Cases.json("{'status':'400','scimType':'invalidValue','detail':'count: text of '}"),
                () -> ScimListRequest.ofQuery(ScimResourceType.USER, Map.of("count", text)::get));
    }

    @Test
    void readsASearch() {
        ScimListRequest request = ScimListRequest.ofSearch(
                ScimResourceType.GROUP,
                Cases.json(
                        "{'schemas':['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],"
                                + "'filter':'displayName pr','attributes':['displayName'],'startIndex':2,'count':5,'sortBy':'x'}"));
        assertThat(request.filter()).isNotNull();
        assertThat(request.projection().wants("members")).isFalse();
        assertThat(request.startIndex()).isEqualTo(2);
        assertThat(request.count()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'schemas':['urn:x']}",
                "{'schemas':7}",
                "{'filter':7}",
                "{'attributes':7}",
                "{'attributes':'userName'}",
                "{'attributes':{'a':'b'}}",
                "{'attributes':[7]}",
                "{'attributes':['a'],'excludedAttributes':['b']}",
                "{'count':1.5}",
                "{'count':[]}",
                "{'filter':'x'}"
            })
    void refusesASearchOfAnotherShape(String body) {
        Cases.assertRefused(
                ScimJson.object()
                        .put("status", 400)
                        .put("detail", "(expected: ")
                        .put("scimType", scimType(body)),
                () -> ScimListRequest.ofSearch(ScimResourceType.USER, Cases.json(body)));
    }

    private static String scimType(String body) {
        return body.contains("schemas") ? "invalidSyntax" : body.contains("filter") ? "invalidFilter" : "invalidValue";
    }

    @Test
    void anEmptyAnswerHasAList() {
        assertThat(ScimListResponse.of(0, 1, List.of()))
                .isEqualTo(Cases.json("{'schemas':['urn:ietf:params:scim:api:messages:2.0:ListResponse'],"
                                + "'totalResults':0,'startIndex':1,'itemsPerPage':0,'Resources':[]}")
                        .put("totalResults", 0L));
    }
}
