package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.core.privacy.PrivacyMode;
import io.sluice.core.privacy.Pseudonyms;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What dashboards may ask, and how they are answered. In all texts ' stands for ". */
class DashboardSearchTest {
    private static final Privacy HIDDEN = new Privacy(
            PrivacyMode.PSEUDONYMOUS, 0, new Pseudonyms(new byte[] {1, 2, 3}, "acme", YearMonth.of(2026, 11)));

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    private static DashboardSearch search(Privacy privacy, String body) {
        return DashboardSearch.of(DashboardIndex.CODE_METRICS, json(body), privacy, UnaryOperator.identity());
    }

    private static String asked(String body) {
        DashboardSearch search = search(Privacy.NAMED, body);
        return (search.filters() + " " + search.body()).replace('"', '\'');
    }

    private static String filter(String query) {
        return search(Privacy.NAMED, "{'query': " + query + "}")
                .filters()
                .toString()
                .replace('"', '\'');
    }

    /** As Grafana sends a panel's target. */
    @Test
    void whatGrafanaSendsIsUnderstood() {
        assertThat(asked("{'size': 0, 'query': {'bool': {'filter': [{'range': {'starting_at': {'gte': 10, 'lte': '20',"
                        + " 'format': 'epoch_millis'}}}, {'query_string': {'analyze_wildcard': true, 'query':"
                        + " 'team:(\\\"a\\\" OR \\\"b\\\") AND model:*'}}]}}, 'aggs': {'2': {'date_histogram': {'field':"
                        + " 'starting_at', 'fixed_interval': '1d', 'min_doc_count': 0, 'extended_bounds': {'min': 10,"
                        + " 'max': 20}, 'format': 'epoch_millis', 'time_zone': 'Europe/Berlin'}, 'aggs': {'3': {'terms':"
                        + " {'field': 'team', 'size': 5, 'order': {'1': 'desc'}, 'min_doc_count': 1, 'missing': 'none'},"
                        + " 'aggs': {'1': {'sum': {'field': 'active_user_seconds'}}}}}}}}"))
                .isEqualTo("[{'bool':{'filter':[{'range':{'starting_at':{'gte':10,'lte':20,'format':'epoch_millis'}}},"
                        + "{'bool':{'filter':[{'terms':{'team':['a','b']}}]}}]}}] {'size':0,'aggs':{'2':{'date_histogram':"
                        + "{'field':'starting_at','fixed_interval':'1d','extended_bounds':{'min':10,'max':20},"
                        + "'min_doc_count':0,'time_zone':'Europe/Berlin','format':'epoch_millis'},'aggs':{'3':{'terms':"
                        + "{'field':'team','size':5,'order':{'1':'desc'},'min_doc_count':1,'missing':'none'},'aggs':"
                        + "{'1':{'sum':{'field':'active_user_micros'}}}}}}}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "*                                     | []",
                "team:a                                | [team [a]]",
                "team:*                                | []",
                "team:a AND NOT model:opus-4-5         | [team [a], not model [opus-4-5]]",
                "tool:(Edit OR Write)                  | [tool [Edit, Write]]",
                "model:(*)                             | []",
                "_exists_:tool AND team:\"a OR b\"     | [exists tool, team [a OR b]]",
                "user:alice\\@example.com              | [user [alice@example.com]]",
                "team:two\\ words                      | [team [two words]]",
                "team:\"a \\\"b\\\" c\\\\d\"           | [team [a \"b\" c\\d]]"
            })
    void linesOfAQuery(String text, String expected) {
        List<String> terms = new ArrayList<>();
        for (DashboardQueryString.Term term : DashboardQueryString.parse(text)) {
            terms.add((term.negated() ? "not " : "")
                    + (term.exists() ? "exists " + term.field() : term.field() + " " + term.values()));
        }
        assertThat(terms).asString().isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alice",
                "team:a model:b",
                "team:a OR model:b",
                "team:a*",
                "team:?",
                "team:/a.*/",
                "team:[a TO z]",
                "team:>a",
                "team:a~2",
                "team:a^3",
                "team:(a OR",
                "team:(a b)",
                "team:\"a",
                "team:",
                ":a",
                "(team:a)",
                "team:a AND",
                "NOT team:*",
                "team:a && model:b",
                "-team:a",
                "*:*",
                "org_id:other) OR (team:a"
            })
    void otherLinesAreRefused(String text) {
        assertThatThrownBy(() -> DashboardQueryString.parse(text))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("expected: field:value");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "params.a / params.b      | 0.75",
                "(params.a+params.b) * 2  | 14",
                "-params.a - 1.5          | -4.5",
                "params.a / (params.b-4)  | none"
            })
    void formulas(String text, String expected) {
        Map<String, Double> values = Map.of("a", 3.0, "b", 4.0);
        DashboardFormula formula = DashboardFormula.of(text, values.keySet());
        assertThat(formula.value(values).stream().boxed().toList())
                .isEqualTo(expected.equals("none") ? List.of() : List.of(Double.valueOf(expected)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "params.c",
                "params.a params.b",
                "doc['user'].value",
                "params.a; return 1",
                "Math.abs(params.a)",
                "params.a ? 1 : 2",
                "(params.a",
                "1e9",
                "params.a.b"
            })
    void otherFormulasAreRefused(String text) {
        assertThatThrownBy(() -> DashboardFormula.of(text, Set.of("a", "b"))).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> DashboardFormula.of("(".repeat(200) + "1" + ")".repeat(200), Set.of()))
                .isInstanceOf(Refusal.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'index': 'sluice-code-metrics'}",
                "{'index': 'sluice-directory'}",
                "{'index': 'caps'}",
                "{'index': '*'}",
                "{'index': '_all'}",
                "{'index': ''}",
                "{'index': 'code-metrics,spend'}",
                "{'index': ['code-metrics', 'spend']}",
                "{'index': 'code-*'}",
                "{'index': '../_cat/indices'}",
                "{'index': 'other:code-metrics'}",
                "{'index': '<code-metrics>'}",
                "{'index': 'CODE-METRICS'}",
                "{'index': {'a': 1}}",
                "{}",
                "[]",
                "{'index': 'code-metrics', 'routing': 'other'}",
                "{'index': 'code-metrics', 'expand_wildcards': 'all'}"
            })
    void onlyOneIndexThatIsToldOf(String header) {
        assertThatThrownBy(() -> DashboardSearch.index(json(header))).isInstanceOf(Refusal.class);
    }

    @Test
    void headersOfGrafana() {
        assertThat(DashboardSearch.index(json(
                        "{'search_type': 'query_then_fetch', 'ignore_unavailable': true, 'index': 'code-metrics'}")))
                .isEqualTo(DashboardIndex.CODE_METRICS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'size': 1}",
                "{'size': 10000, 'sort': ['user']}",
                "{'_source': ['user']}",
                "{'_source': true}",
                "{'fields': ['user']}",
                "{'stored_fields': ['*']}",
                "{'docvalue_fields': ['org_id']}",
                "{'script_fields': {'a': {'script': 'doc.user.value'}}}",
                "{'runtime_mappings': {'team': {'type': 'keyword', 'script': 'emit(doc.org_id.value)'}}}",
                "{'post_filter': {'match_all': {}}}",
                "{'rescore': {'query': {'rescore_query': {'match_all': {}}}}}",
                "{'suggest': {'a': {'text': 'x', 'term': {'field': 'user'}}}}",
                "{'collapse': {'field': 'user'}}",
                "{'highlight': {'fields': {'*': {}}}}",
                "{'knn': {}}",
                "{'pit': {'id': 'x'}}",
                "{'indices_boost': []}",
                "{'explain': true}",
                "{'profile': true}",
                "{'retriever': {}}",
                "{'aggs': {}, 'aggregations': {}}",
                "[]",
                "'text'"
            })
    void nothingButFiltersAndAggregations(String body) {
        assertThatThrownBy(() -> search(Privacy.NAMED, body)).isInstanceOf(Refusal.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'script': {'script': 'true'}}",
                "{'has_parent': {'parent_type': 'a', 'query': {'match_all': {}}}}",
                "{'has_child': {'type': 'a', 'query': {'match_all': {}}}}",
                "{'more_like_this': {'like': [{'_index': 'sluice-directory', '_id': '1'}]}}",
                "{'percolate': {'field': 'a', 'index': 'sluice-directory', 'id': '1'}}",
                "{'geo_shape': {}}",
                "{'ids': {'values': ['1']}}",
                "{'terms_set': {'team': {'terms': ['a']}}}",
                "{'wildcard': {'user': 'a*'}}",
                "{'prefix': {'user': 'a'}}",
                "{'regexp': {'user': 'a.*'}}",
                "{'fuzzy': {'user': 'alice'}}",
                "{'match': {'user': 'alice'}}",
                "{'simple_query_string': {'query': '*'}}",
                "{'wrapper': {'query': 'eyJtYXRjaF9hbGwiOnt9fQ=='}}",
                "{'function_score': {'query': {'match_all': {}}}}",
                "{'nested': {'path': 'a', 'query': {'match_all': {}}}}",
                "{'terms': {'team': {'index': 'sluice-directory', 'id': '1', 'path': 'value'}}}",
                "{'terms': {'team': ['a'], 'boost': 2}}",
                "{'terms': {'team': [['a']]}}",
                "{'term': {'org_id': 'other'}}",
                "{'term': {'empty': 'true'}}",
                "{'term': {'session_id': 's'}}",
                "{'term': {'_index': 'sluice-directory'}}",
                "{'term': {'team': {'value': 'a', 'case_insensitive': true}}}",
                "{'term': {'team': null}}",
                "{'term': {'remote': 1}}",
                "{'term': {'remote': 'TRUE'}}",
                "{'query_string': {'query': 'remote:\\\"\\\"'}}",
                "{'term': {'starting_at': 1}}",
                "{'terms': {'prompts': [1]}}",
                "{'range': {'remote': {'gte': 0}}}",
                "{'range': {'prompts': {'gte': 'many'}}}",
                "{'range': {'prompts': {'gte': true}}}",
                "{'range': {'user': {'gte': 'a', 'lt': 'b'}}}",
                "{'range': {'team': {'gte': 'a'}}}",
                "{'range': {'starting_at': {'gte': 'now-1d'}}}",
                "{'range': {'starting_at': {'gte': -1}}}",
                "{'range': {'starting_at': {'lte': 9000000000001}}}",
                "{'range': {'starting_at': {'gte': 1, 'format': 'yyyy'}}}",
                "{'range': {'starting_at': {'gte': 1, 'relation': 'within'}}}",
                "{'exists': {'field': 'org_id'}}",
                "{'exists': {'field': '*'}}",
                "{'match_all': {}, 'script': {'script': 'true'}}",
                "{'match_all': {'boost': 2}}",
                "{'bool': {'filter': {'script': {'script': 'true'}}}}",
                "{'bool': {'should': [{'match_all': {}}], 'minimum_should_match': 0}}",
                "{'query_string': {'query': 'org_id:other'}}",
                "{'query_string': {'query': 'a', 'default_field': 'org_id'}}",
                "{'query_string': {'query': 7}}",
                "{}",
                "[]"
            })
    void hostileQueries(String query) {
        assertThatThrownBy(() -> filter(query)).isInstanceOf(Refusal.class).hasMessageContaining("(expected: ");
    }

    @Test
    void boolsEndSomewhere() {
        String query = "{'match_all': {}}";
        for (int i = 0; i < 5; i++) {
            query = "{'bool': {'must_not': " + query + "}}";
        }
        assertThat(filter(query)).contains("match_all");
        String deeper = "{'bool': {'filter': " + query + "}}";
        assertThatThrownBy(() -> filter(deeper)).isInstanceOf(Refusal.class);
        assertThat(filter("{'bool': {'should': [{'term': {'remote': true}}]}}")).contains("'minimum_should_match':1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'global': {}}",
                "{'terms': {'field': 'team'}, 'aggs': {'2': {'global': {}}}}",
                "{'significant_terms': {'field': 'team'}}",
                "{'top_hits': {}}",
                "{'top_metrics': {'metrics': {'field': 'prompts'}, 'sort': {'starting_at': 'desc'}}}",
                "{'scripted_metric': {'map_script': 'x'}}",
                "{'composite': {'sources': []}}",
                "{'nested': {'path': 'a'}}",
                "{'reverse_nested': {}}",
                "{'children': {'type': 'a'}}",
                "{'filter': {'match_all': {}}}",
                "{'missing': {'field': 'team'}}",
                "{'multi_terms': {'terms': []}}",
                "{'rare_terms': {'field': 'user'}}",
                "{'random_sampler': {'probability': 1}}",
                "{'terms': {'field': 'org_id'}}",
                "{'terms': {'field': 'session_id'}}",
                "{'terms': {'field': 'starting_at'}}",
                "{'terms': {'field': 'prompts'}}",
                "{'terms': {'field': '_index'}}",
                "{'terms': {'field': 'team', 'min_doc_count': 0}}",
                "{'terms': {'field': 'team', 'shard_min_doc_count': 1}}",
                "{'terms': {'field': 'team', 'size': 100000}}",
                "{'terms': {'field': 'team', 'script': 'doc.org_id.value'}}",
                "{'terms': {'script': 'doc.org_id.value'}}",
                "{'terms': {'field': 'user', 'include': 'a.*'}}",
                "{'terms': {'field': 'user', 'exclude': ['a']}}",
                "{'terms': {'field': 'user', 'missing': 'alice@example.com'}}",
                "{'terms': {'field': 'team', 'order': {'9': 'desc'}}}",
                "{'terms': {'field': 'team', 'order': {'2>1': 'desc'}}}",
                "{'terms': {'field': 'team', 'order': {'_key': 'x'}}}",
                "{'terms': {'field': 'team', 'order': [{'_key': 'asc'}, {'_count': 'asc'}]}}",
                "{'sum': {'field': 'prompts', 'script': '_value * 2'}}",
                "{'sum': {'script': 'doc.prompts.value'}}",
                "{'sum': {'field': 'prompts', 'missing': 7}}",
                "{'sum': {'field': 'active_user_micros'}}",
                "{'sum': {'field': 'prompts'}, 'aggs': {'2': {'sum': {'field': 'prompts'}}}}",
                "{'avg': {'field': 'team'}}",
                "{'max': {'field': 'last_at'}}",
                "{'cardinality': {'field': 'session_id'}}",
                "{'percentiles': {'field': 'user'}}",
                "{'percentiles': {'field': 'tool_duration_ms', 'percents': [101]}}",
                "{'percentiles': {'field': 'tool_duration_ms', 'percents': [50, '50.0']}}",
                "{'date_histogram': {'field': 'last_at', 'fixed_interval': '1d'}}",
                "{'date_histogram': {'field': 'starting_at'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '0d'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'calendar_interval': '1d'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'missing': '2000'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'format': 'yyyy'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'format': 7}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'time_zone': 'Berlin'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'time_zone': '+25:00'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'time_zone': ''}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'time_zone': 2}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'offset': '1d'}}",
                "{'date_histogram': {'field': 'starting_at', 'calendar_interval': '1M', 'offset': '-28d'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'offset': '--1h'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d', 'offset': '1M'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1M'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1.5h'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': 7}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '36526d'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '999999999999d'}}",
                "{'date_histogram': {'field': 'starting_at', 'calendar_interval': '2d'}}",
                "{'date_histogram': {'field': 'starting_at', 'calendar_interval': 'second'}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1s', 'extended_bounds':"
                        + " {'min': 0, 'max': 1700000000000}}}",
                "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1ms', 'extended_bounds':"
                        + " {'min': 0, 'max': 518400000}}}",
                "{'date_histogram': {'field': 'starting_at', 'calendar_interval': '1m', 'extended_bounds':"
                        + " {'min': 0, 'max': 1700000000000}}}",
                "{'filters': {'filters': {'a': {'script': {'script': 'true'}}}}}",
                "{'filters': {'filters': {'a': {'query_string': {'query': 'org_id:other'}}}}}",
                "{'filters': {'filters': []}}",
                "{'filters': {'filters': {'a': {'match_all': {}}}, 'other_bucket_key': 'b'}}",
                "{'bucket_script': {'buckets_path': {'a': '_count'}, 'script': 'params.a'}}",
                "{'terms': {'field': 'team'}, 'aggs': {'2': {'bucket_script': {'buckets_path': {'a': '1'},"
                        + " 'script': 'params.a'}}}}",
                "{'terms': {'field': 'team'}, 'aggs': {'2': {'bucket_script': {'buckets_path': {'a': '_count'},"
                        + " 'script': {'source': 'params.a'}}}}}",
                "{'terms': {'field': 'team'}, 'aggs': {'2': {'bucket_selector': {'buckets_path': {'a': '_count'},"
                        + " 'script': 'true'}}}}",
                "{'terms': {'field': 'team'}, 'sum': {'field': 'prompts'}}",
                "{'terms': {'field': 'team'}, 'meta': {'a': 1}}",
                "{}",
                "[]"
            })
    void hostileAggregations(String aggregation) {
        String search = "{'query': " + between("0", "1000") + ", 'aggs': {'1': " + aggregation + "}}";
        assertThatThrownBy(() -> search(Privacy.NAMED, search)).isInstanceOf(Refusal.class);
    }

    private static String histogram(String query, String settings) {
        return asked("{'query': " + query + ", 'aggs': {'1': {'date_histogram': {'field': 'starting_at', " + settings
                + "}}}}");
    }

    private static String between(String from, String to) {
        return "{'range': {'starting_at': {'gte': " + from + ", 'lt': " + to + "}}}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"1d", "1w", "1M", "1y", "week"})
    void unitsOfTheCalendarHoldForLongRanges(String unit) {
        assertThat(
                        histogram(
                                between("1692000000000", "1700000000000"),
                                "'calendar_interval': '" + unit
                                        + "', 'min_doc_count': 0, 'extended_bounds': {'min': 1692000000000, 'max': 1700000000000}"))
                .contains(unit);
    }

    /** Elasticsearch fills in whatever lies between the first document and the last one. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "0         | 10000000   | -                                                  | true",
                "0         | 10001001   | -                                                  | false",
                "5         | 5          | -                                                  | true",
                "7         | 3          | -                                                  | true",
                "0         | 1000       | 'extended_bounds': {'min': 0, 'max': 10000000}     | true",
                "0         | 1000       | 'extended_bounds': {'min': 0, 'max': 10001000}     | false",
                "9001000   | 9002000    | 'extended_bounds': {'min': 0, 'max': 1}            | true",
                "9001000   | 18001000   | 'extended_bounds': {'min': 0, 'max': 1}            | false",
                "0         | 1000       | 'extended_bounds': {'min': 5, 'max': 4}            | false",
                "0         | 1000       | 'extended_bounds': {'min': 5}                      | false",
                "0         | 1000       | 'extended_bounds': {'min': 5, 'max': 1e15}         | false",
                "0         | 9000000000000 | -                                               | false",
                "0         | 9000000000000 | 'min_doc_count': 1                              | true",
                "0         | 10001001   | 'min_doc_count': '1'                               | true",
                "0         | 10001001   | 'min_doc_count': '0'                               | false"
            })
    void intervalsAreBounded(String from, String to, @Nullable String more, boolean answered) {
        String settings = "'fixed_interval': '1s'" + (more == null ? "" : ", " + more);
        if (answered) {
            assertThat(histogram(between(from, to), settings)).contains("'fixed_interval':'1s'");
        } else {
            assertThatThrownBy(() -> histogram(between(from, to), settings))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("(expected: ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'bool': {'filter': [RANGE, {'term': {'team': 'a'}}]}}                            | true",
                "{'bool': {'must': {'bool': {'filter': RANGE}}}}                                   | true",
                "{'bool': {'filter': [{'range': {'starting_at': {'gt': 0}}}, {'range': {'starting_at': {'lte': 9}}}]}}"
                        + " | true",
                "{'bool': {'should': [RANGE, {'term': {'team': 'a'}}]}}                            | false",
                "{'bool': {'must_not': [RANGE]}}                                                   | false",
                "{'range': {'starting_at': {'gte': 0}}}                                            | false",
                "{'range': {'starting_at': {'lt': 0}}}                                             | false",
                "{'range': {'prompts': {'gte': 0, 'lt': 9}}}                                       | false",
                "{'match_all': {}}                                                                 | false"
            })
    void onlyWhatMustHoldBoundsThem(String query, boolean answered) {
        String asked = query.replace("RANGE", between("0", "1000"));
        if (answered) {
            assertThat(histogram(asked, "'fixed_interval': '1s'")).contains("'min_doc_count':0");
        } else {
            assertThatThrownBy(() -> histogram(asked, "'fixed_interval': '1s'"))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("starting_at from and to, or min_doc_count 1");
            assertThat(histogram(asked, "'fixed_interval': '1s', 'min_doc_count': 1"))
                    .contains("'min_doc_count':1");
        }
    }

    @Test
    void aggregationsAreBounded() {
        String deep = "{'sum': {'field': 'prompts'}}";
        for (int i = 0; i < 4; i++) {
            deep = "{'terms': {'field': 'team'}, 'aggs': {'1': " + deep + "}}";
        }
        assertThat(asked("{'aggs': {'1': " + deep + "}}")).contains("prompts");
        String deeper = "{'terms': {'field': 'team'}, 'aggs': {'1': " + deep + "}}";
        assertThatThrownBy(() -> search(Privacy.NAMED, "{'aggs': {'1': " + deeper + "}}"))
                .isInstanceOf(Refusal.class);
        List<String> many = new ArrayList<>();
        for (int i = 0; i <= 100; i++) {
            many.add("'" + i + "': {'sum': {'field': 'prompts'}}");
        }
        assertThatThrownBy(() -> search(Privacy.NAMED, "{'aggs': {" + String.join(", ", many) + "}}"))
                .isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> search(Privacy.NAMED, "{'aggs': {'a>b': {'sum': {'field': 'prompts'}}}}"))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void numbersAreToldInTheirUnits() {
        DashboardSearch search = search(
                Privacy.NAMED,
                "{'aggs': {'2': {'terms': {'field': 'team', 'order': {}}, 'aggs': {'1': {'sum': {'field':"
                        + " 'active_user_seconds'}}, '3': {'cardinality': {'field': 'user'}}, '4': {'bucket_script':"
                        + " {'buckets_path': {'a': '1', 'b': '3', 'n': '_count'}, 'script': 'params.a / params.b +"
                        + " params.n'}}, '5': {'percentiles': {'field': 'tool_duration_ms', 'percents': ['50']}}}}}}");
        assertThat(search.body().toString()).doesNotContain("script").contains("active_user_micros");
        assertThat(search.answer(json("{'took': 1, 'hits': {'hits': [{'_source': {'user': 'alice'}}]}, 'aggregations':"
                                + " {'2': {'sum_other_doc_count': 9, 'buckets': [{'key': 'a', 'doc_count': 7, '1': {'value':"
                                + " 3000000.0}, '3': {'doc_count': 6, 'of': {'value': 2}}, '5': {'values': {'50.0': 12.5}}, '9': {'value': 1}},"
                                + " {'key': 'b', 'doc_count': 1, '1': {'value': 0}, '3': {'of': {'value': 0}}, '5': {'values':"
                                + " {'50.0': null}}}]}, '8': {'value': 1}}}"))
                        .toString()
                        .replace('"', '\''))
                .isEqualTo("{'took':1,'timed_out':false,'hits':{'hits':[]},'aggregations':{'2':{'buckets':[{'key':'a',"
                        + "'doc_count':7,'1':{'value':3.0},'3':{'value':2.0},'4':{'value':8.5},'5':{'values':{'50.0':12.5}}},"
                        + "{'key':'b','doc_count':1,'1':{'value':0.0},'3':{'value':0.0},'5':{'values':{'50.0':null}}}]}},"
                        + "'status':200}");
    }

    /** An HDR histogram refuses numbers below 0, which differences may be. */
    @Test
    void percentilesOfDurationsAreTheFastOnes() {
        String percentiles = "{'aggs': {'1': {'percentiles': {'field': 'FIELD', 'percents': [95]}}}}";
        assertThat(asked(percentiles.replace("FIELD", "api_duration_ms")))
                .contains("'hdr':{'number_of_significant_value_digits':2}");
        assertThat(asked(percentiles.replace("FIELD", "prompts"))).doesNotContain("hdr");
    }

    @Test
    void nobodyIsNotAPerson() {
        String people = "{'aggs': {'2': {'terms': {'field': 'team', 'order': {'1': 'desc'}}, 'aggs': {'1':"
                + " {'cardinality': {'field': 'user'}}, '3': {'cardinality': {'field': 'model'}}}}}}";
        assertThat(asked(people))
                .contains(
                        "'order':{'1>of':'desc'}",
                        "'1':{'filter':{'bool':{'must_not':[{'term':{'user':'unattributed'}}]}},'aggs':{'of':"
                                + "{'cardinality':{'field':'user'}}}}",
                        "'3':{'cardinality':{'field':'model'}}");
        DashboardSearch hidden = search(HIDDEN, people.replaceFirst("'team'", "'user'"));
        assertThat(DirectoryStack.texts(
                        hidden.answer(
                                        json(
                                                "{'aggregations': {'2': {'buckets': [{'key': 'ann', 'doc_count': 9, '1':"
                                                        + " {'of': {'value': 1}}}, {'key': 'bea', 'doc_count': 9, '1': {'of': {'value': 2}}}]}}}"))
                                .at("/aggregations/2/buckets"),
                        "/1/value"))
                .containsExactly("2.0", "1.0");
    }

    @ParameterizedTest
    @CsvSource({
        "'{''_key'': ''asc''}', 3",
        "'{''_key'': ''desc''}', 3",
        "'{''_count'': ''desc''}', 3",
        "'{''1'': ''desc''}', 2"
    })
    void theOrderOfPseudonymsTellsNothingOfNames(String order, int size) {
        DashboardSearch search = search(
                HIDDEN,
                "{'aggs': {'2': {'terms': {'field': 'user', 'size': " + size + ", 'order': " + order
                        + "}, 'aggs': {'1': {'sum': {'field': 'prompts'}}}}}}");
        assertThat(search.body().toString()).doesNotContain("order").contains("65000");
        List<String> told = new ArrayList<>();
        // All equal: Elasticsearch then goes by name, in whatever order it was asked for.
        for (JsonNode bucket : search.answer(
                        json("{'aggregations': {'2': {'buckets': [{'key': 'ann', 'doc_count': 1, '1': {'value': 1}},"
                                + " {'key': 'bea', 'doc_count': 1, '1': {'value': 1}}, {'key': 'cat', 'doc_count': 1, '1':"
                                + " {'value': 1}}]}}}"))
                .at("/aggregations/2/buckets")) {
            told.add(bucket.path("key").asText());
        }
        List<String> expected = new ArrayList<>(List.of(HIDDEN.name("ann"), HIDDEN.name("bea"), HIDDEN.name("cat")));
        expected.sort(null);
        if (order.contains("_key") && order.contains("desc")) {
            Collections.reverse(expected);
        }
        assertThat(told).isEqualTo(expected.subList(0, size));
    }

    private static final String BY_PERSON_AND_DAY = "{'query': {'range': {'starting_at': {'gte': 0, 'lt': 9}}}, 'aggs':"
            + " {'2': {'terms': {'field': 'user', 'size': 2, 'order': ORDER}, 'aggs': {'1': {'sum': {'field': 'prompts'}},"
            + " '4': {'max': {'field': 'prompts'}}, '3': {'date_histogram': {'field': 'starting_at', 'fixed_interval':"
            + " '1d'}, 'aggs': {'1': {'sum': {'field': 'prompts'}}}}}}, '5': {'terms': {'field': 'user'}}}}";

    @ParameterizedTest
    @CsvSource({
        "'{''1'': ''desc''}', '[cat, ann]'",
        "'{''1'': ''asc''}', '[bea, ann]'",
        "'{''_count'': ''desc''}', '[bea, cat]'"
    })
    void whoIsShownByDayIsAskedFirst(String order, String chosen) {
        DashboardSearch search = search(HIDDEN, BY_PERSON_AND_DAY.replace("ORDER", order));
        assertThat(String.valueOf(search.first()).replace('"', '\''))
                .isEqualTo("{'size':0,'aggs':{'2':{'terms':{'field':'user','size':65000}"
                        + (order.contains("1") ? ",'aggs':{'1':{'sum':{'field':'prompts'}}}" : "") + "}}}");
        DashboardSearch second = search.chosen(
                json(
                        "{'aggregations': {'2': {'buckets': [{'key': 'ann', 'doc_count': 1, '1': {'value': 2}}, {'key': 'bea',"
                                + " 'doc_count': 9, '1': {'value': 1}}, {'key': 'cat', 'doc_count': 2, '1': {'value': 3}}]}}}"));
        assertThat(DirectoryStack.texts(second.body().at("/aggs/2/terms/include"), ""))
                .asString()
                .isEqualTo(chosen);
        assertThat(second.body().at("/aggs/2/aggs/3/date_histogram").isObject()).isTrue();
        assertThat(second.body().path("aggs").path("5"))
                .isEqualTo(search.body().path("aggs").path("5"));
        assertThat(second.filters()).isEqualTo(search.filters());
        // Nobody is there: as it was asked.
        assertThat(search.chosen(json("{}")).body()).isEqualTo(search.body());
    }

    @Test
    void othersAreAskedAtOnce() {
        String byDay = BY_PERSON_AND_DAY.replace("ORDER", "{'1': 'desc'}");
        assertThat(search(Privacy.NAMED, byDay).first()).isNull();
        assertThat(search(HIDDEN, byDay.replace("'field': 'user'", "'field': 'team'"))
                        .first())
                .isNull();
        assertThat(search(
                                HIDDEN,
                                "{'aggs': {'2': {'terms': {'field': 'user', 'order': {'1': 'desc'}}, 'aggs': {'1':"
                                        + " {'sum': {'field': 'prompts'}}}}}}")
                        .first())
                .isNull();
    }

    @Test
    void namesInFiltersAreHandedOver() {
        List<String> names = new ArrayList<>();
        DashboardSearch search = DashboardSearch.of(
                DashboardIndex.SPEND,
                json(
                        "{'query': {'bool': {'filter': [{'term': {'user': 'p1'}}, {'query_string': {'query': 'user:p2 AND"
                                + " team:a'}}]}}, 'aggs': {'1': {'filters': {'filters': {'x': {'terms': {'user': ['p3']}}}}}}}"),
                HIDDEN,
                name -> {
                    names.add(name);
                    return "label of " + name;
                });
        assertThat(names).containsExactly("p1", "p2", "p3");
        assertThat(search.filters().toString())
                .contains("label of p1", "label of p2")
                .doesNotContain("label of a");
        assertThat(search.body().toString()).contains("label of p3");
    }

    @Test
    void alertsNameNobody() {
        assertThat(DashboardIndex.ALERTS.fields().values())
                .isNotEmpty()
                .noneMatch(DashboardField::isPerson)
                .extracting(DashboardField::name)
                .doesNotContain("user", "scope_id", "cap_id", "id", "crossing_event_id");
        for (DashboardIndex index : DashboardIndex.values()) {
            assertThat(index.fields().keySet())
                    .as(index.parameter())
                    .contains(index.time())
                    .doesNotContain("org_id", "session_id", "empty", "message", "event_id");
        }
    }
}
