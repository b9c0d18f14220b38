package io.sluice.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.schema.Actor;
import io.sluice.schema.CapSettings;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Codec;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.IncludedUsage;
import io.sluice.schema.SpendCell;
import io.sluice.schema.SpendMonth;
import io.sluice.schema.Temporality;
import io.sluice.schema.Token;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;
import org.junit.jupiter.api.Test;

class SingleObjectRowsTest {
    private static final String WHERE = "table usage, topic usage, format avro-single-object";
    private static final long TIME = 1_795_457_212_345_678L;
    private static final DataType TEXT = DataTypes.STRING();

    private final Counter skipped = new SimpleCounter();

    private static DataTypes.Field column(String name, DataType type) {
        return DataTypes.FIELD(name, type);
    }

    private <T extends SpecificRecordBase> SingleObjectRows<T> rows(
            Class<T> type, boolean skipping, SingleObjectOptions.NullValues nullValues, DataTypes.Field... columns)
            throws Exception {
        RowType row = (RowType) DataTypes.ROW(columns).getLogicalType();
        // As a job gets it: from bytes.
        SingleObjectRows<T> rows = InstantiationUtil.clone(new SingleObjectRows<>(
                type, RowConverter.of(type, row), InternalTypeInfo.of(row), skipping, nullValues, WHERE));
        rows.open(new DeserializationSchema.InitializationContext() {
            @Override
            public MetricGroup getMetricGroup() {
                return new UnregisteredMetricsGroup() {
                    @Override
                    public Counter counter(String name) {
                        assertThat(name).isEqualTo("skipped-values");
                        return skipped;
                    }
                };
            }

            @Override
            public UserCodeClassLoader getUserCodeClassLoader() {
                return SimpleUserCodeClassLoader.create(SingleObjectRowsTest.class.getClassLoader());
            }
        });
        return rows;
    }

    private <T extends SpecificRecordBase> RowData row(Class<T> type, byte[] value, DataTypes.Field... columns)
            throws Exception {
        return Objects.requireNonNull(
                rows(type, false, SingleObjectOptions.NullValues.SKIP, columns).deserialize(value));
    }

    private static byte[] golden(String name) throws IOException {
        return Files.readAllBytes(Path.of("../../schemas/src/test/resources/golden", name + ".bin"));
    }

    private static UsageEvent usage() {
        return UsageEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("e1")
                .setOccurredAt(TIME)
                .setReceivedAt(-1)
                .setSource("otlp-logs")
                .setActor(Actor.newBuilder().setEmail("alice@example.com").build())
                .setModel("claude-opus-4-5")
                .setProduct("claude-code")
                .setOutputTokens(7)
                .setReportedCostUsd(0.25)
                .setAttributes(Map.of("effort", "high"))
                .build();
    }

    @Test
    void columnsAreFieldsByNameInAnyOrder() throws Exception {
        RowData row = row(
                UsageEvent.class,
                Codec.encode(usage()),
                column("output_tokens", DataTypes.BIGINT().notNull()),
                column("attributes", DataTypes.MAP(TEXT, TEXT)),
                column("actor", DataTypes.ROW(column("end_user_id", TEXT), column("email", TEXT))),
                column("reported_cost_usd", DataTypes.DOUBLE()),
                column("reported_cost_micros", DataTypes.BIGINT()),
                column("historical", DataTypes.BOOLEAN()),
                column("occurred_at", DataTypes.TIMESTAMP_LTZ(6)),
                column("received_at", DataTypes.TIMESTAMP_LTZ(6)),
                column("org_id", TEXT.notNull()));

        assertThat(row.getLong(0)).isEqualTo(7);
        assertThat(row.getMap(1).size()).isEqualTo(1);
        assertThat(row.getMap(1).keyArray().getString(0)).hasToString("effort");
        assertThat(row.getMap(1).valueArray().getString(0)).hasToString("high");
        assertThat(row.getRow(2, 2).isNullAt(0)).isTrue();
        assertThat(row.getRow(2, 2).getString(1)).isEqualTo(StringData.fromString("alice@example.com"));
        assertThat(row.getDouble(3)).isEqualTo(0.25);
        assertThat(row.isNullAt(4)).isTrue();
        assertThat(row.getBoolean(5)).isFalse();
        assertThat(row.getTimestamp(6, 6).toInstant()).isEqualTo(Instant.parse("2026-11-23T18:06:52.345678Z"));
        assertThat(row.getTimestamp(7, 6).toInstant()).isEqualTo(Instant.parse("1969-12-31T23:59:59.999999Z"));
        assertThat(row.getString(8)).hasToString("acme");
    }

    @Test
    void enumsAreText() throws Exception {
        CounterPoint point = Codec.of(CounterPoint.class).decode(golden("CounterPoint"));
        point.setTemporality(Temporality.CUMULATIVE);

        RowData row = row(CounterPoint.class, Codec.encode(point), column("temporality", TEXT));

        assertThat(row.getString(0)).hasToString("CUMULATIVE");
    }

    @Test
    void recordsInListsInRecords() throws Exception {
        CapVersion version = CapVersion.newBuilder()
                .setOrgId("acme")
                .setKind("settings")
                .setId("acme")
                .setVersion(1)
                .setEffectiveAt(TIME)
                .setRecordedAt(TIME)
                .setCreatedAt(TIME)
                .setSettings(CapSettings.newBuilder()
                        .setIncluded(List.of(new IncludedUsage("premium", "weekly", 20L)))
                        .build())
                .build();

        RowData row = row(
                CapVersion.class,
                Codec.encode(version),
                column(
                        "settings",
                        DataTypes.ROW(column(
                                "included",
                                DataTypes.ARRAY(DataTypes.ROW(
                                        column("amount_micros", DataTypes.BIGINT()), column("tier", TEXT)))))),
                column("cap", DataTypes.ROW(column("thresholds", DataTypes.ARRAY(DataTypes.INT())))));

        RowData included = row.getRow(0, 1).getArray(0).getRow(0, 2);
        assertThat(included.getLong(0)).isEqualTo(20);
        assertThat(included.getString(1)).hasToString("premium");
        assertThat(row.isNullAt(1)).isTrue();
    }

    /** Bytes that were written before a record had all its fields. */
    @Test
    void oldBytesAreReadWithDefaults() throws Exception {
        RowData cell = row(
                SpendCell.class,
                golden("SpendCell-1"),
                column("team_source", TEXT),
                column("segment_at", DataTypes.BIGINT()),
                column("spend_micros", DataTypes.BIGINT()));
        assertThat(cell.getString(0)).hasToString("telemetry");
        assertThat(cell.getLong(1)).isZero();
        assertThat(cell.getLong(2)).isEqualTo(161_400);

        RowData token = row(
                Token.class,
                golden("Token-1"),
                column("name", TEXT),
                column("expires_at", DataTypes.TIMESTAMP_LTZ(6)),
                column("linked_organizations", DataTypes.ARRAY(TEXT)));
        assertThat(token.getString(0)).hasToString("laptops");
        assertThat(token.isNullAt(1)).isTrue();
        assertThat(token.getArray(2).size()).isZero();

        RowData month =
                row(SpendMonth.class, golden("SpendMonth-1"), column("cuts", DataTypes.ARRAY(DataTypes.BIGINT())));
        assertThat(month.getArray(0).size()).isZero();

        RowData cap = row(
                CapVersion.class,
                golden("CapVersion-cap-1"),
                column("cap", DataTypes.ROW(column("reason", TEXT), column("amount_micros", DataTypes.BIGINT()))));
        assertThat(cap.getRow(0, 2).getString(0)).hasToString("release week");
    }

    @Test
    void whatIsNoSuchRecordIsAnErrorThatNamesTopicAndFormat() throws Exception {
        SingleObjectRows<UsageEvent> rows =
                rows(UsageEvent.class, false, SingleObjectOptions.NullValues.SKIP, column("org_id", TEXT));

        assertThatThrownBy(() -> rows.deserialize(new byte[] {1, 2, 3}))
                .isInstanceOf(IOException.class)
                .hasMessage(WHERE + ": value: 3 bytes, no record (expected: C3 01 and a record)");
        assertThatThrownBy(() -> rows.deserialize(golden("SpendCell")))
                .hasMessageStartingWith(WHERE + ": value: schema ")
                .hasMessageEndingWith("(expected: one of io.sluice.schema.UsageEvent)");
    }

    @Test
    void whatIsNoSuchRecordIsCountedIfItIsPassedOver() throws Exception {
        SingleObjectRows<UsageEvent> rows =
                rows(UsageEvent.class, true, SingleObjectOptions.NullValues.SKIP, column("org_id", TEXT));

        assertThat(rows.deserialize(new byte[0])).isNull();
        assertThat(rows.deserialize(golden("SpendCell"))).isNull();
        assertThat(rows.deserialize(Codec.encode(usage()))).isNotNull();

        assertThat(skipped.getCount()).isEqualTo(2);
    }

    @Test
    void nullValuesArePassedOverOrEmptyRows() throws Exception {
        assertThat(rows(UsageEvent.class, false, SingleObjectOptions.NullValues.SKIP, column("org_id", TEXT))
                        .deserialize(null))
                .isNull();
        RowData empty = Objects.requireNonNull(rows(
                        UsageEvent.class,
                        false,
                        SingleObjectOptions.NullValues.EMPTY_ROW,
                        column("org_id", TEXT),
                        column("model", TEXT))
                .deserialize(null));
        assertThat(empty.getArity()).isEqualTo(2);
        assertThat(empty.isNullAt(0)).isTrue();
        assertThat(empty.isNullAt(1)).isTrue();
        assertThat(skipped.getCount()).isZero();
    }

    @Test
    void whatDoesNotFitIsSaidWhenAQueryIsPlanned() {
        RowType row = (RowType) DataTypes.ROW(
                        column("organisation", TEXT),
                        column("output_tokens", DataTypes.INT()),
                        column("occurred_at", DataTypes.TIMESTAMP_LTZ(3)),
                        column("model", DataTypes.VARCHAR(20)),
                        column("request_id", TEXT.notNull()),
                        column("actor", DataTypes.ROW(column("email", DataTypes.BIGINT()))),
                        column("attributes", DataTypes.MAP(TEXT, DataTypes.INT())))
                .getLogicalType();

        assertThatThrownBy(() -> RowConverter.of(UsageEvent.class, row))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("column organisation: not in UsageEvent (expected: org_id, event_id, ")
                .hasMessageContaining("column output_tokens: INT (expected: BIGINT, or TIMESTAMP_LTZ(6) for a time)")
                .hasMessageContaining("column occurred_at: TIMESTAMP_LTZ(3) (expected: BIGINT, or ")
                .hasMessageContaining("column model: VARCHAR(20) (expected: STRING)")
                .hasMessageContaining("column request_id: STRING NOT NULL (expected: without NOT NULL")
                .hasMessageContaining("column actor.email: BIGINT (expected: STRING)")
                .hasMessageContaining("column attributes{}: INT (expected: STRING)");
    }
}
