//! Seed 001's users: who the generator's visitors are.

use generator::random::Random;
use generator::visitor::Visitor;
use serde::Serialize;

use crate::generate::Kind;
use crate::nations::one_of;

#[derive(Debug, Serialize)]
pub(crate) struct User {
    pub(crate) id: u64,
    /// Family name, first name and patronymic.
    pub(crate) fio: String,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
}

/// Family names take `а` for women.
const FAMILIES: [&str; 32] = [
    "Абрамов",
    "Алексеев",
    "Антонов",
    "Баранов",
    "Белов",
    "Васильев",
    "Виноградов",
    "Волков",
    "Воробьёв",
    "Голубев",
    "Григорьев",
    "Давыдов",
    "Егоров",
    "Жуков",
    "Зайцев",
    "Иванов",
    "Киселёв",
    "Козлов",
    "Кузнецов",
    "Лебедев",
    "Макаров",
    "Морозов",
    "Никитин",
    "Орлов",
    "Павлов",
    "Петров",
    "Романов",
    "Смирнов",
    "Соколов",
    "Фёдоров",
    "Шилов",
    "Яковлев",
];
const MEN: [&str; 20] = [
    "Александр",
    "Алексей",
    "Андрей",
    "Артём",
    "Борис",
    "Вадим",
    "Виктор",
    "Георгий",
    "Денис",
    "Дмитрий",
    "Евгений",
    "Иван",
    "Илья",
    "Кирилл",
    "Максим",
    "Михаил",
    "Николай",
    "Павел",
    "Сергей",
    "Юрий",
];
const WOMEN: [&str; 20] = [
    "Александра",
    "Алина",
    "Анна",
    "Вера",
    "Галина",
    "Дарья",
    "Евгения",
    "Екатерина",
    "Елена",
    "Ирина",
    "Ксения",
    "Лидия",
    "Марина",
    "Мария",
    "Наталья",
    "Ольга",
    "Полина",
    "Светлана",
    "Татьяна",
    "Юлия",
];
/// Of sons and of daughters.
const PATRONYMICS: [(&str, &str); 16] = [
    ("Александрович", "Александровна"),
    ("Алексеевич", "Алексеевна"),
    ("Андреевич", "Андреевна"),
    ("Борисович", "Борисовна"),
    ("Викторович", "Викторовна"),
    ("Владимирович", "Владимировна"),
    ("Дмитриевич", "Дмитриевна"),
    ("Иванович", "Ивановна"),
    ("Ильич", "Ильинична"),
    ("Максимович", "Максимовна"),
    ("Михайлович", "Михайловна"),
    ("Николаевич", "Николаевна"),
    ("Павлович", "Павловна"),
    ("Петрович", "Петровна"),
    ("Сергеевич", "Сергеевна"),
    ("Юрьевич", "Юрьевна"),
];

/// The generator's people with this seed, from its first.
pub(crate) fn all(seed: u64, count: u64) -> Vec<User> {
    let people = (0..count).map(|number| (number, Visitor::person(seed, number, 0)));
    people
        .map(|(number, visitor)| User {
            id: visitor.user_id(),
            fio: fio(&mut Kind::User.random(seed, number)),
            country: visitor.place.country,
        })
        .collect()
}

fn fio(random: &mut Random) -> String {
    let (family, (son, daughter)) = (one_of(&FAMILIES, random), one_of(&PATRONYMICS, random));
    match random.percent(50) {
        true => format!("{family}а {} {daughter}", one_of(&WOMEN, random)),
        false => format!("{family} {} {son}", one_of(&MEN, random)),
    }
}
