package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.core.privacy.PrivacyMode;
import io.sluice.core.privacy.Pseudonyms;
import java.nio.charset.StandardCharsets;
import java.time.YearMonth;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrivacyTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pseudonyms NAMES =
            new Pseudonyms("a secret of tests".getBytes(StandardCharsets.UTF_8), "acme", YearMonth.of(2026, 11));
    private static final Privacy HIDING = new Privacy(PrivacyMode.PSEUDONYMOUS, 5, NAMES);
    private static final String PERSON = NAMES.of("alice@example.com");

    private static JsonNode json(String text) throws Exception {
        return JSON.readTree(text.replace('\'', '"'));
    }

    /** PERSON stands for Alice's pseudonym, ID for what stands for the id s. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'user': 'alice@example.com'}; {'user': 'PERSON'}",
                "{'user': {'id': 'alice@example.com', 'name': 'Alice'}}; {'user': {'id': 'PERSON'}}",
                "{'users': [{'email': 'alice@example.com'}]}; {'users': [{'email': 'PERSON'}]}",
                "{'user': ['alice@example.com']}; {'user': ['PERSON']}",
                "{'session_id': 's', 'row_id': 's'}; {'session_id': 'ID', 'row_id': 'ID'}",
                "{'user': 'unattributed', 'user_count': 3}; {'user': 'unattributed', 'user_count': 3}",
                "{'team': 'platform', 'channels': ['events']}; {'team': 'platform', 'channels': ['events']}",
                "{'message': 'of alice', 'nobody_thought_of': ['alice', {'x': 'alice', 'n': 1}]};"
                        + " {'nobody_thought_of': [{'n': 1}]}",
                "['alice']; []",
                "{'user': null, 'prompts': 1.5, 'remote': true}; {'user': null, 'prompts': 1.5, 'remote': true}",
            })
    void whatIsNotKnownToBeAboutNobodyIsNotTold(String answer, String told) throws Exception {
        JsonNode json = json(answer);
        HIDING.hide(json);
        assertThat(json).isEqualTo(json(told.replace("PERSON", PERSON).replace("ID", NAMES.ofId("s"))));
        JsonNode named = json(answer);
        Privacy.NAMED.hide(named);
        assertThat(named).isEqualTo(json(answer));
    }

    @Test
    void idsAreFoundAgain() {
        assertThat(HIDING.ids(List.of(NAMES.ofId("s"), "s"))).containsExactly("s", "");
        assertThat(Privacy.NAMED.ids(List.of("s"))).containsExactly("s");
    }
}
