package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SearchTextTest {
    /** Alternatives with / between them, excluded terms with a dash. */
    private static String parsed(String q) {
        SearchText text = SearchText.parse(q);
        StringBuilder all = new StringBuilder();
        for (List<SearchText.Term> any : text.all()) {
            all.append('[')
                    .append(String.join(
                            "/", any.stream().map(SearchTextTest::term).toList()))
                    .append(']');
        }
        text.none().forEach(term -> all.append('-').append(term(term)));
        return all.toString();
    }

    private static String term(SearchText.Term term) {
        return term.text() + (term.kind() == SearchText.Kind.PREFIX ? "*" : "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "one two | [one][two]",
                "\"one two\" three | [one two][three]",
                "“one two” | [one two]",
                "say\"one two\"now | [say][one two][now]",
                "a OR b c OR \"d e\" | [a/b][c/d e]",
                "a && b AND c | [a][b][c]",
                "conf* -secret -\"top secret\" -dra* | [conf*]-secret-top secret-dra*",
                "--help - x-ray | [--help][x-ray]",
                "org_id:other _source:* _id:a | ",
                "(a) OR [b] {c} /d/ e~2 f^3 | [(a)/[b]][{c}][/d/][e~2][f^3]",
                "& ... + a | [a]",
                "😀 C++ | [😀][C++]"
            })
    void isASmallLanguage(String q, String expected) {
        if (expected == null) {
            assertThatThrownBy(() -> SearchText.parse(q)).isInstanceOf(Refusal.class);
        } else {
            assertThat(parsed(q)).isEqualTo(expected);
        }
    }

    /** Under random texts it either says what is wrong or makes a query of nothing but matches. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261126})
    void noTextBecomesAnotherKindOfQuery(long seed) throws Exception {
        Random random = new Random(seed);
        String signs = "ab é漢\"“*-|&()[]{}:/\\~^+?!<>=_.,\u0000\u202e\ud83d\ude00\ud800ORAND ";
        for (int i = 0; i < 2000; i++) {
            StringBuilder q = new StringBuilder();
            int length = 1 + random.nextInt(40);
            for (int c = 0; c < length; c++) {
                q.append(signs.charAt(random.nextInt(signs.length())));
            }
            try {
                JsonNode query = TextQuery.of(SearchText.parse(q.toString()));
                assertOnlyMatches(new ObjectMapper().readTree(query.toString()));
                new Fragments(SearchText.parse(q.toString())).of(List.of(new Fragments.Field("text", q + " and " + q)));
            } catch (Refusal refusal) {
                assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID);
                assertThat(refusal.getMessage()).startsWith("q: ");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Contracts | contracts",
                "\"contracts\" | ",
                "contract* | ",
                "-contracts | ",
                "a OR Plans | a plans",
                "AT&T in-house | "
            })
    void otherFormsAreOfWantedWordsOnly(String q, String stemmed) {
        assertThat(TextQuery.of(SearchText.parse(q)).findValuesAsText("folded.stemmed"))
                .isEqualTo(stemmed == null ? List.of() : List.of(stemmed.split(" ")));
    }

    private static void assertOnlyMatches(JsonNode query) {
        assertThat(query.properties()).hasSize(1);
        query.properties().forEach(clause -> {
            assertThat(clause.getKey()).isIn("bool", "match_phrase", "prefix");
            if (clause.getKey().equals("bool")) {
                for (String list : List.of("must", "must_not", "should")) {
                    clause.getValue().path(list).forEach(SearchTextTest::assertOnlyMatches);
                }
            } else {
                assertThat(clause.getValue().fieldNames())
                        .toIterable()
                        .isSubsetOf("folded", "folded.stemmed", "tool_text", "files.words");
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "secret | the [secret] plan",
                "RESUME | my [résumé]",
                "resume | my [re\u0301sume\u0301], twice [résumé]",
                "plan | planned",
                "plan* | [planned] [plan]",
                "\"secret plan\" | secret, [secret-plan] plan",
                "slack | [Slack]™, slacks",
                "slack™ | [Slack™], slack",
                "漢字 | 古い[漢字]です",
                "ﬁnance | [finance]",
                "finance | [ﬁnance]"
            })
    void marksAreThoseOfTheIndex(String q, String marked) {
        String text = marked.replaceAll("[\\[\\]]", "");
        StringBuilder shown = new StringBuilder();
        new Fragments(SearchText.parse(q))
                .of(List.of(new Fragments.Field("text", text)))
                .forEach(piece -> piece.path("runs")
                        .forEach(run -> shown.append(
                                run.path("match").asBoolean()
                                        ? "[" + run.path("text").asText() + "]"
                                        : run.path("text").asText())));
        assertThat(shown.toString()).isEqualTo(marked);
    }

    @Test
    void bodiesHaveOneCanonicalForm() throws Exception {
        ObjectMapper json = new ObjectMapper();
        String canonical = "{\"q\":\"merger\",\"user\":[\"a\",\"b\"],\"created_at\":{\"gte\":\"2026-11-01T00:00:00Z\"},"
                + "\"flagged\":true,\"sort\":\"oldest\"}";
        SearchBody body = SearchBody.parse(
                json.readTree("{\"sort\":\"oldest\",\"flagged\":true,\"user\":[\"b\",\"a\",\"b\"],\"q\":\"merger\","
                        + "\"created_at\":{\"gte\":\"2026-11-01T01:00:00+01:00\"}}"));
        assertThat(body.toJson().toString()).isEqualTo(canonical);
        assertThat(SearchBody.parse(body.toJson())).isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "plain | plain",
                "a,b | \"a,b\"",
                "say \"x\" | \"say \"\"x\"\"\"",
                "=1+1 | '=1+1",
                "+1 | '+1",
                "-1 | '-1",
                "@x | '@x",
                "\u00a0\u200b=1 | '\u00a0\u200b=1",
                "＝1 | '＝1"
            })
    void cellsCommandNoSpreadsheet(String text, String cell) {
        assertThat(ExportFormat.cell(text)).isEqualTo(cell);
        assertThat(ExportFormat.cell("\t=1")).isEqualTo("'\t=1");
        assertThat(ExportFormat.cell("\r\n=1")).isEqualTo("\"'\r\n=1\"");
    }
}
