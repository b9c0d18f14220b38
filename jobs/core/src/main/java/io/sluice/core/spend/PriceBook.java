package io.sluice.core.spend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * List prices by effective date, as data ({@code price-book.json} in the schemas module). USD per million tokens is
 * micro-USD per token, so no unit is ever converted.
 */
public final class PriceBook {
    /** Micro-USD per token, one per token class. */
    private record Rates(
            BigDecimal input,
            BigDecimal cacheWrite5m,
            BigDecimal cacheWrite1h,
            BigDecimal cacheRead,
            BigDecimal output) {
        static Rates of(JsonNode node) {
            return new Rates(
                    number(node, "input"),
                    number(node, "cache_write_5m"),
                    number(node, "cache_write_1h"),
                    number(node, "cache_read"),
                    number(node, "output"));
        }

        /** Fast mode states input and output; the cache classes keep their ratio to the input price. */
        Rates fast(BigDecimal fastInput, BigDecimal fastOutput) {
            return new Rates(
                    fastInput,
                    scaled(cacheWrite5m, fastInput),
                    scaled(cacheWrite1h, fastInput),
                    scaled(cacheRead, fastInput),
                    fastOutput);
        }

        private BigDecimal scaled(BigDecimal rate, BigDecimal newInput) {
            return rate.multiply(newInput).divide(input, 12, RoundingMode.HALF_UP);
        }

        BigDecimal price(Request request) {
            long unclassed =
                    request.cacheCreationTokens - request.cacheCreation5mTokens - request.cacheCreation1hTokens;
            return times(input, request.inputTokens)
                    .add(times(output, request.outputTokens))
                    .add(times(cacheRead, request.cacheReadTokens))
                    .add(times(cacheWrite5m, request.cacheCreation5mTokens + Math.max(0, unclassed)))
                    .add(times(cacheWrite1h, request.cacheCreation1hTokens));
        }

        private static BigDecimal times(BigDecimal rate, long tokens) {
            return rate.multiply(BigDecimal.valueOf(tokens));
        }
    }

    private record Step(long promptTokens, Rates rates) {}

    private record Fast(
            BigDecimal input,
            BigDecimal output,
            @Nullable Instant from,
            @Nullable Instant until) {
        boolean covers(Instant at) {
            return (from == null || !at.isBefore(from)) && (until == null || at.isBefore(until));
        }
    }

    private record Row(
            Rates rates,
            @Nullable Step step,
            @Nullable Fast fast,
            @Nullable BigDecimal usInference) {}

    /**
     * What one request consumed, in tokens.
     *
     * @param inputTokens without cache tokens
     * @param cacheCreationTokens all cache writes; what the two classes leave over is priced as five-minute writes, the
     *     client's default
     * @param inferenceGeo {@code us} raises the price of models that have the option; null: none
     */
    public record Request(
            String model,
            Instant at,
            long inputTokens,
            long outputTokens,
            long cacheReadTokens,
            long cacheCreationTokens,
            long cacheCreation5mTokens,
            long cacheCreation1hTokens,
            long webSearchRequests,
            boolean fast,
            boolean batch,
            @Nullable String inferenceGeo) {

        public static Request of(UsageEvent event) {
            return new Request(
                    event.getModel(),
                    Instant.EPOCH.plus(event.getOccurredAt(), ChronoUnit.MICROS),
                    event.getInputTokens(),
                    event.getOutputTokens(),
                    event.getCacheReadTokens(),
                    event.getCacheCreationTokens(),
                    event.getCacheCreation5mTokens(),
                    event.getCacheCreation1hTokens(),
                    event.getWebSearchRequests(),
                    event.getFast(),
                    event.getBatch(),
                    event.getInferenceGeo());
        }
    }

    /** @param unknownModel the model has no row: the price is the configured default's */
    public record Price(long micros, boolean unknownModel) {}

    private static final Pattern CONTEXT_MARKER = Pattern.compile("\\[[^\\]]*]$");
    private static final Pattern FIRST_PARTY_ID =
            Pattern.compile("(claude-[a-z0-9.-]+?)(?:[@-]\\d{8})?(?:-v\\d+(?::\\d+)?)?$");

    private final Map<String, NavigableMap<Instant, Row>> rowsByModel = new HashMap<>();
    private final Map<String, String> aliases = new HashMap<>();
    private final Row unknownModel;
    private final BigDecimal webSearchMicros;
    private final BigDecimal batchFactor;

    private PriceBook(JsonNode book) {
        unknownModel = new Row(Rates.of(book.get("unknown_model")), null, null, null);
        webSearchMicros = number(book, "web_search_per_request").movePointRight(6);
        batchFactor = number(book, "batch_factor");
        for (Iterator<Map.Entry<String, JsonNode>> it = book.get("aliases").fields(); it.hasNext(); ) {
            Map.Entry<String, JsonNode> alias = it.next();
            aliases.put(alias.getKey(), alias.getValue().asText());
        }
        for (JsonNode row : book.get("rows")) {
            rowsByModel
                    .computeIfAbsent(row.get("model").asText(), model -> new TreeMap<>())
                    .put(day(row.get("valid_from")), row(row));
        }
    }

    private static Row row(JsonNode row) {
        JsonNode step = row.get("above_prompt_tokens");
        JsonNode fast = row.get("fast");
        return new Row(
                Rates.of(row),
                step == null ? null : new Step(step.get("prompt_tokens").asLong(), Rates.of(step)),
                fast == null
                        ? null
                        : new Fast(
                                number(fast, "input"),
                                number(fast, "output"),
                                fast.has("valid_from") ? day(fast.get("valid_from")) : null,
                                fast.has("valid_until") ? day(fast.get("valid_until")) : null),
                row.has("us_inference") ? number(row, "us_inference") : null);
    }

    /** The price book that comes with Sluice. */
    public static PriceBook bundled() {
        try (InputStream in = Topic.class.getResourceAsStream("price-book.json")) {
            if (in == null) {
                throw new IllegalStateException("price-book.json: missing from the class path");
            }
            return read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static PriceBook read(InputStream json) throws IOException {
        return new PriceBook(new ObjectMapper().readTree(json));
    }

    /**
     * Prices one request by the row valid at its time; a request older than its model's first row takes that row, since
     * release days are not known to the hour.
     */
    public Price price(Request request) {
        NavigableMap<Instant, Row> rows = rowsByModel.get(priceName(request.model));
        Row row = unknownModel;
        if (rows != null) {
            Map.Entry<Instant, Row> valid = rows.floorEntry(request.at);
            row = (valid != null ? valid : rows.firstEntry()).getValue();
        }
        BigDecimal micros = rates(row, request).price(request);
        if (request.batch) {
            micros = micros.multiply(batchFactor);
        }
        if (row.usInference != null && "us".equals(request.inferenceGeo)) {
            micros = micros.multiply(row.usInference);
        }
        micros = micros.add(webSearchMicros.multiply(BigDecimal.valueOf(request.webSearchRequests)));
        return new Price(micros.setScale(0, RoundingMode.HALF_UP).longValueExact(), rows == null);
    }

    private static Rates rates(Row row, Request request) {
        Rates rates = row.rates;
        if (row.step != null) {
            long prompt = request.inputTokens + request.cacheReadTokens + request.cacheCreationTokens;
            if (prompt > row.step.promptTokens) {
                rates = row.step.rates;
            }
        }
        boolean fast = request.fast && !request.batch && row.fast != null && row.fast.covers(request.at);
        return fast && row.fast != null ? rates.fast(row.fast.input, row.fast.output) : rates;
    }

    /** Name to group by: as reported, without the context marker, which clients send now and then ({@code […]}). */
    public static String groupName(String reportedModel) {
        return reportedModel.endsWith("]")
                ? CONTEXT_MARKER.matcher(reportedModel).replaceFirst("")
                : reportedModel;
    }

    /** Name to price by: first-party id without date, from any provider's spelling. */
    private String priceName(String reportedModel) {
        String name = groupName(reportedModel).toLowerCase(Locale.ROOT);
        Matcher matcher = FIRST_PARTY_ID.matcher(name);
        if (matcher.find()) {
            name = matcher.group(1);
        }
        return aliases.getOrDefault(name, name);
    }

    private static BigDecimal number(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null) {
            throw new IllegalArgumentException("price book: " + field + ": missing in " + node);
        }
        return new BigDecimal(value.asText());
    }

    private static Instant day(JsonNode isoDate) {
        return LocalDate.parse(isoDate.asText()).atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
