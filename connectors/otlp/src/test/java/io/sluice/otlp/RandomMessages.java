package io.sluice.otlp;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Random;

/** Messages with arbitrary content in any of their fields, a oneof's members included. */
final class RandomMessages {
    private static final int MAX_DEPTH = 12;
    private static final List<Key> KEYS = List.of(Key.values());
    private static final String[] TEXTS = {
        "", "a", "event.name", "claude_code.api_request", "session.id", "<REDACTED>", "é\u0000\"\\\n", "😀", "12", "NaN"
    };
    private static final double[] DOUBLES = {
        0,
        -0.0,
        1,
        -1.5,
        0.1,
        1e300,
        Double.MIN_VALUE,
        Double.MAX_VALUE,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY
    };

    private final Random random;

    RandomMessages(Random random) {
        this.random = random;
    }

    @SuppressWarnings("unchecked")
    <M extends Message> M like(M prototype) {
        Message.Builder builder = prototype.newBuilderForType();
        fill(builder, 0);
        return (M) builder.build();
    }

    private void fill(Message.Builder builder, int depth) {
        for (FieldDescriptor field : builder.getDescriptorForType().getFields()) {
            boolean message = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
            if ((message && depth >= MAX_DEPTH) || random.nextInt(10) < 3) {
                continue;
            }
            if (field.isRepeated()) {
                // Wide at the top, narrow below, so that messages stay small.
                int count = random.nextInt(depth < 6 ? 4 : 2);
                for (int i = 0; i < count; i++) {
                    builder.addRepeatedField(field, value(field, builder, depth));
                }
            } else {
                builder.setField(field, value(field, builder, depth));
            }
        }
    }

    private Object value(FieldDescriptor field, Message.Builder parent, int depth) {
        return switch (field.getJavaType()) {
            case MESSAGE -> {
                Message.Builder inner = parent.newBuilderForField(field);
                fill(inner, depth + 1);
                yield inner.build();
            }
            case STRING -> text(field);
            case BOOLEAN -> random.nextBoolean();
            case DOUBLE -> random.nextBoolean() ? DOUBLES[random.nextInt(DOUBLES.length)] : random.nextGaussian();
            case FLOAT -> random.nextFloat();
            case INT -> random.nextInt(4) == 0 ? -1 : random.nextInt();
            case LONG ->
                switch (random.nextInt(6)) {
                    case 0, 4, 5 -> Otlp.nanos(Otlp.TIME) - random.nextInt(1_000_000_000);
                    case 1 -> (long) random.nextInt(100);
                    case 2 -> Long.MIN_VALUE;
                    default -> random.nextLong();
                };
            case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(9));
            case BYTE_STRING -> {
                byte[] bytes = new byte[random.nextInt(20)];
                random.nextBytes(bytes);
                yield ByteString.copyFrom(bytes);
            }
        };
    }

    private String text(FieldDescriptor field) {
        if (field.getFullName().equals("opentelemetry.proto.common.v1.KeyValue.key") && random.nextBoolean()) {
            return KEYS.get(random.nextInt(KEYS.size())).attribute;
        }
        return random.nextBoolean() ? TEXTS[random.nextInt(TEXTS.length)] : "t" + random.nextInt();
    }
}
