package io.sluice.core.codemetrics;

import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts that come again and again, written once: the first time the text, then its number. Writer and reader see the same
 * texts in the same order; both begin with none.
 */
final class Words {
    private static final int NONE = 0;
    private static final int NEW = 1;
    private static final int FIRST = 2;

    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> texts = new ArrayList<>();

    void clear() {
        numbers.clear();
        texts.clear();
    }

    void put(RowWriter row, @Nullable String text) {
        if (text == null) {
            row.putVarlong(NONE);
            return;
        }
        Integer number = numbers.get(text);
        if (number != null) {
            row.putVarlong(number);
            return;
        }
        numbers.put(text, FIRST + numbers.size());
        row.putVarlong(NEW);
        row.putBlock(text.getBytes(StandardCharsets.UTF_8));
    }

    @Nullable
    String get(RowReader row) {
        int number = (int) row.readVarlong();
        if (number == NONE) {
            return null;
        }
        if (number != NEW) {
            return texts.get(number - FIRST);
        }
        int length = row.readLength();
        String text = new String(row.array(), row.position(), length, StandardCharsets.UTF_8);
        row.skip(length);
        texts.add(text);
        return text;
    }

    String required(RowReader row) {
        String text = get(row);
        if (text == null) {
            throw new IllegalArgumentException("text: none (expected: one that is never missing)");
        }
        return text;
    }
}
