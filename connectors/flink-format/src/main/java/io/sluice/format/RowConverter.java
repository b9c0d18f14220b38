package io.sluice.format;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.jspecify.annotations.Nullable;

/**
 * A record's fields as the columns of a row, by name. What fits is decided when a query is planned, not when its first
 * record comes.
 *
 * <p>Unlike Flink's own converters it takes the columns that are asked for from a record as generated code has decoded
 * it, in whatever order, and a {@code long} for a {@code TIMESTAMP_LTZ(6)}: times are microseconds since the epoch.
 */
final class RowConverter implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final int MICROS_PRECISION = 6;
    private static final long MICROS_PER_MILLI = 1_000;
    private static final int NANOS_PER_MICRO = 1_000;

    /** One value; never null. */
    private interface Converter extends Serializable {
        Object convert(Object value);
    }

    private final int[] positions;
    private final Converter[] converters;

    private RowConverter(int[] positions, Converter[] converters) {
        this.positions = positions;
        this.converters = converters;
    }

    /** @throws ValidationException naming every column that is no field of the record, or of another type */
    static RowConverter of(Class<? extends SpecificRecordBase> type, RowType columns) {
        List<String> problems = new ArrayList<>();
        RowConverter converter = of(SpecificData.getForClass(type).getSchema(type), columns, "", problems);
        if (!problems.isEmpty()) {
            throw new ValidationException(String.join("; ", problems));
        }
        return converter;
    }

    RowData convert(IndexedRecord message) {
        GenericRowData row = new GenericRowData(positions.length);
        for (int i = 0; i < positions.length; i++) {
            Object value = message.get(positions[i]);
            row.setField(i, value == null ? null : converters[i].convert(value));
        }
        return row;
    }

    int columns() {
        return positions.length;
    }

    private static RowConverter of(Schema schema, RowType columns, String path, List<String> problems) {
        int[] positions = new int[columns.getFieldCount()];
        Converter[] converters = new Converter[positions.length];
        for (int i = 0; i < positions.length; i++) {
            RowType.RowField column = columns.getFields().get(i);
            Schema.Field field = schema.getField(column.getName());
            String name = path + column.getName();
            if (field == null) {
                problems.add("column " + name + ": not in " + schema.getName() + " (expected: "
                        + schema.getFields().stream().map(Schema.Field::name).collect(Collectors.joining(", ")) + ")");
                continue;
            }
            positions[i] = field.pos();
            Converter converter = of(field.schema(), column.getType(), name, problems);
            if (converter != null) {
                converters[i] = converter;
            }
        }
        return new RowConverter(positions, converters);
    }

    /** Null: it does not fit, and problems say why. */
    private static @Nullable Converter of(Schema field, LogicalType column, String name, List<String> problems) {
        Schema schema = field;
        if (field.isUnion()) {
            schema = orNull(field, name);
            if (!column.isNullable()) {
                problems.add("column " + name + ": " + column + " (expected: without NOT NULL, there may be none)");
                return null;
            }
        }
        Converter converter = ofValue(schema, column, name, problems);
        if (converter == null) {
            problems.add("column " + name + ": " + column + " (expected: " + expected(schema) + ")");
        }
        return converter == UNFIT ? null : converter;
    }

    /** Stands for a value of the right kind, inside of which something does not fit. */
    private static final Converter UNFIT = value -> value;

    private static Schema orNull(Schema union, String name) {
        for (Schema branch : union.getTypes()) {
            if (branch.getType() != Schema.Type.NULL && union.getTypes().size() == 2) {
                return branch;
            }
        }
        throw new ValidationException(
                "column " + name + ": the field is " + union + " (expected: of one type, or of one or null)");
    }

    private static @Nullable Converter ofValue(Schema schema, LogicalType column, String name, List<String> problems) {
        return switch (schema.getType()) {
            case STRING, ENUM -> isText(column) ? value -> StringData.fromString(value.toString()) : null;
            case LONG -> ofLong(column);
            case INT -> column.is(LogicalTypeRoot.INTEGER) ? value -> value : null;
            case DOUBLE -> column.is(LogicalTypeRoot.DOUBLE) ? value -> value : null;
            case BOOLEAN -> column.is(LogicalTypeRoot.BOOLEAN) ? value -> value : null;
            case MAP -> column instanceof MapType map ? ofMap(schema, map, name, problems) : null;
            case ARRAY -> column instanceof ArrayType array ? ofArray(schema, array, name, problems) : null;
            case RECORD -> column instanceof RowType row ? ofRecord(schema, row, name, problems) : null;
            case UNION, BYTES, FIXED, FLOAT, NULL -> null;
        };
    }

    /** Shorter text would be cut. */
    private static boolean isText(LogicalType column) {
        return column instanceof VarCharType text && text.getLength() == VarCharType.MAX_LENGTH;
    }

    private static @Nullable Converter ofLong(LogicalType column) {
        if (column instanceof LocalZonedTimestampType time && time.getPrecision() == MICROS_PRECISION) {
            return value -> time((Long) value);
        }
        return column.is(LogicalTypeRoot.BIGINT) ? value -> value : null;
    }

    private static TimestampData time(long micros) {
        return TimestampData.fromEpochMillis(
                Math.floorDiv(micros, MICROS_PER_MILLI),
                (int) Math.floorMod(micros, MICROS_PER_MILLI) * NANOS_PER_MICRO);
    }

    private static @Nullable Converter ofMap(Schema schema, MapType column, String name, List<String> problems) {
        if (!isText(column.getKeyType())) {
            return null;
        }
        Converter values = of(schema.getValueType(), column.getValueType(), name + "{}", problems);
        if (values == null) {
            return UNFIT;
        }
        return value -> {
            Map<?, ?> from = (Map<?, ?>) value;
            Map<Object, @Nullable Object> to = new HashMap<>(from.size() * 2);
            from.forEach((key, entry) ->
                    to.put(StringData.fromString(key.toString()), entry == null ? null : values.convert(entry)));
            return new GenericMapData(to);
        };
    }

    private static Converter ofArray(Schema schema, ArrayType column, String name, List<String> problems) {
        Converter elements = of(schema.getElementType(), column.getElementType(), name + "[]", problems);
        if (elements == null) {
            return UNFIT;
        }
        return value -> {
            List<?> from = (List<?>) value;
            Object[] to = new Object[from.size()];
            for (int i = 0; i < to.length; i++) {
                Object element = from.get(i);
                to[i] = element == null ? null : elements.convert(element);
            }
            return new GenericArrayData(to);
        };
    }

    private static Converter ofRecord(Schema schema, RowType column, String name, List<String> problems) {
        int before = problems.size();
        RowConverter fields = of(schema, column, name + ".", problems);
        return problems.size() > before ? UNFIT : value -> fields.convert((IndexedRecord) value);
    }

    private static String expected(Schema schema) {
        return switch (schema.getType()) {
            case STRING, ENUM -> "STRING";
            case LONG -> "BIGINT, or TIMESTAMP_LTZ(6) for a time";
            case INT -> "INT";
            case DOUBLE -> "DOUBLE";
            case BOOLEAN -> "BOOLEAN";
            case MAP -> "MAP<STRING, …>";
            case ARRAY -> "ARRAY<…>";
            case RECORD -> "ROW<…>";
            case UNION, BYTES, FIXED, FLOAT, NULL -> "no column: the format does not know " + schema.getType();
        };
    }
}
