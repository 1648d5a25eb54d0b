//! Columns of several fields, in rows of files and in records.

use turret_schema::{BagSpec, Keys, Names};

use super::{folder, spec};
use crate::data::encoded::Bags;
use crate::data::{
    BagColumn, Compound, CompoundKind, Counting, FieldName, InputInfo, Keep, RawTable, SourceSpec,
    Vocabulary, observe_input,
};

const FIELDS: &[FieldName<'static>] = &[
    FieldName::of("log", "hist"),
    FieldName::of("log", "hist_len"),
    FieldName::of("log", "tags"),
    FieldName::of("log", "tag_weights"),
    FieldName::of("log", "item_1"),
    FieldName::of("log", "item_2"),
    FieldName::of("log", "item_3"),
];

const COMPOUNDS: &[Compound<'static>] = &[
    Compound { kind: CompoundKind::Length, fields: &[FIELDS[0], FIELDS[1]] },
    Compound { kind: CompoundKind::Weights, fields: &[FIELDS[2], FIELDS[3]] },
    Compound { kind: CompoundKind::Items, fields: &[FIELDS[4], FIELDS[5], FIELDS[6]] },
];

#[test]
fn fields_of_a_row_are_read_together() {
    let columns: Names = FIELDS.iter().map(|field| field.name).collect();
    let rows = "5|6|7|0|0;3;a|b;0.5|2;5;6;0\n\"[8, 9, 0, 0]\";1;;;;7;\n;;c;1;;;\n";
    let folder = folder(&[("log.csv", rows.as_bytes())]);
    let source = SourceSpec::separated("log", "log.csv", ";").quote(true).columns(columns);
    let data = RawTable::open(&spec(vec![source]), folder.path()).unwrap();
    let max = (9, Keep::First);
    let plain = BagSpec::sequence(max).separator('|').padding("0");
    let columns = [
        BagColumn::new("hist", plain.clone()),
        BagColumn::new("tags", BagSpec::bag(max).separator('|').weight_separator(':')),
        BagColumn::new("items", plain),
    ];
    let mut keys = Vocabulary::new("key", Keys::list(["5", "6", "7", "8", "9", "a", "b", "c"]));
    keys.finish(folder.path()).unwrap();
    let mut bags = [Bags::default(), Bags::default(), Bags::default()];
    let info = InputInfo::new("query", 0, FIELDS).compounds(COMPOUNDS);
    observe_input(&data, &info, &data.train, usize::MAX, &mut |_, _, error| Err(error), |row| {
        for (at, column) in columns.iter().enumerate() {
            let field = 2 * at;
            let encoded = column.encode(&row.field(field), &keys, &mut bags[at], Counting::Counted);
            encoded.map_err(|error| (field, error))?;
        }
        Ok(())
    })
    .unwrap();
    let read = |bags: &Bags| {
        (bags.offsets().to_vec(), bags.ids().iter().map(|id| id - bags.ids()[0]).collect::<Vec<_>>())
    };
    assert_eq!(read(&bags[0]), (vec![0, 3, 4, 4], vec![0, 1, 2, 3]));
    assert_eq!(read(&bags[1]), (vec![0, 2, 2, 3], vec![0, 1, 2]));
    assert_eq!(bags[1].weights(), [0.5, 2.0, 1.0]);
    assert_eq!(read(&bags[2]), (vec![0, 2, 3, 3], vec![0, 1, 2]));
}
