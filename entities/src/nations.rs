//! How people of a country are called and where they live.

use generator::random::Random;

#[derive(Debug)]
pub(crate) struct Nation {
    /// ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
    /// Country code of telephone numbers (ITU E.164).
    pub(crate) dial: &'static str,
    /// How a mobile number is written after the country code; `#` is any digit.
    pub(crate) mobile: &'static str,
    /// What stands before a number that is called from within the country.
    pub(crate) trunk: &'static str,
    pub(crate) women: &'static [&'static str],
    pub(crate) men: &'static [&'static str],
    pub(crate) families: &'static [&'static str],
    /// Stores are only where these are.
    pub(crate) cities: &'static [City],
    pub(crate) streets: &'static [&'static str],
}

#[derive(Debug)]
pub(crate) struct City {
    pub(crate) name: &'static str,
    /// The postal codes begin with it; five digits in all.
    pub(crate) postal: u32,
    /// Ten-thousandths of a degree, north and east.
    pub(crate) north: i64,
    pub(crate) east: i64,
}

const fn city(name: &'static str, postal: u32, north: i64, east: i64) -> City {
    City {
        name,
        postal,
        north,
        east,
    }
}

pub(crate) static NATIONS: [Nation; 8] = [
    Nation {
        country: "DE",
        dial: "49",
        mobile: "1512 3######",
        trunk: "0",
        women: &["Anna", "Käthe", "Lena", "Sabine", "Ulrike"],
        men: &["Björn", "Jürgen", "Lukas", "Matthias", "Tobias"],
        families: &[
            "Becker", "Groß", "Krüger", "Müller", "Schäfer", "Schmidt", "Vogel", "Wagner",
        ],
        cities: &[
            city("Berlin", 10_000, 525_200, 134_050),
            city("Hamburg", 20_000, 535_511, 99_937),
            city("Köln", 50_600, 509_375, 69_603),
            city("München", 80_300, 481_351, 115_820),
        ],
        streets: &[
            "Bahnhofstraße",
            "Goethestraße",
            "Hauptstraße",
            "Lindenallee",
            "Marktplatz",
        ],
    },
    Nation {
        country: "FR",
        dial: "33",
        mobile: "6 1# ## ## ##",
        trunk: "0",
        women: &["Camille", "Chloé", "Hélène", "Inès", "Margaux"],
        men: &["André", "Étienne", "François", "Julien", "Noël"],
        families: &[
            "Bernard", "Dubois", "Durand", "Lefèvre", "Martin", "Moreau", "Petit", "Rousseau",
        ],
        cities: &[
            city("Lyon", 69_000, 457_640, 48_357),
            city("Nantes", 44_000, 472_184, -15_536),
            city("Paris", 75_000, 488_566, 23_522),
        ],
        streets: &[
            "Avenue Jean Jaurès",
            "Place de la Gare",
            "Rue de la Paix",
            "Rue du Moulin",
        ],
    },
    Nation {
        country: "NL",
        dial: "31",
        mobile: "6 12 ## ## ##",
        trunk: "0",
        women: &["Anouk", "Femke", "Marijke", "Sanne"],
        men: &["Bram", "Daan", "Joost", "Sven"],
        families: &["Bakker", "de Boer", "de Vries", "Jansen", "Mulder", "Visser"],
        cities: &[
            city("Amsterdam", 10_120, 523_676, 49_041),
            city("Utrecht", 35_110, 520_907, 51_214),
        ],
        streets: &["Dorpsstraat", "Kerkstraat", "Molenweg", "Stationsplein"],
    },
    Nation {
        country: "ES",
        dial: "34",
        mobile: "612 ## ## ##",
        trunk: "",
        women: &["Begoña", "Lucía", "Pilar", "Sofía"],
        men: &["Álvaro", "Iñaki", "Javier", "Rubén"],
        families: &["Fernández", "García", "Ibáñez", "Muñoz", "Ortega", "Serrano"],
        cities: &[
            city("Madrid", 28_000, 404_168, -37_038),
            city("Valencia", 46_000, 394_699, -3_763),
        ],
        streets: &["Avenida del Puerto", "Calle Mayor", "Paseo de Gracia", "Plaza Nueva"],
    },
    Nation {
        country: "IT",
        dial: "39",
        mobile: "347 12# ####",
        trunk: "",
        women: &["Chiara", "Francesca", "Giulia", "Noemi"],
        men: &["Alessandro", "Davide", "Lorenzo", "Niccolò"],
        families: &["Bianchi", "Conti", "Esposito", "Ricci", "Romano", "Rossi"],
        cities: &[
            city("Milano", 20_100, 454_642, 91_900),
            city("Torino", 10_100, 450_703, 76_869),
        ],
        streets: &["Corso Italia", "Piazza Garibaldi", "Via Dante", "Via Roma"],
    },
    Nation {
        country: "GB",
        dial: "44",
        mobile: "7400 12####",
        trunk: "0",
        women: &["Charlotte", "Grace", "Isla", "Poppy"],
        men: &["Alfie", "George", "Harry", "Oliver"],
        families: &["Clarke", "Evans", "Hughes", "Patel", "Taylor", "Wright"],
        cities: &[],
        streets: &[],
    },
    Nation {
        country: "PL",
        dial: "48",
        mobile: "512 34# ###",
        trunk: "",
        women: &["Agnieszka", "Małgorzata", "Zofia", "Żaneta"],
        men: &["Łukasz", "Michał", "Paweł", "Wojciech"],
        families: &["Dąbrowski", "Kowalczyk", "Mazur", "Nowak", "Wójcik", "Zieliński"],
        cities: &[],
        streets: &[],
    },
    Nation {
        country: "RU",
        dial: "7",
        mobile: "912 34#-##-##",
        trunk: "8",
        women: &["Anastasia", "Daria", "Ksenia", "Olga"],
        men: &["Alexey", "Dmitry", "Ivan", "Sergey"],
        families: &["Belov", "Kuznetsov", "Melnik", "Orlov", "Sokolov", "Volkov"],
        cities: &[],
        streets: &[],
    },
];

/// One of a table, each as likely.
pub(crate) fn one_of<'t, T>(table: &'t [T], random: &mut Random) -> &'t T {
    &table[random.below(table.len() as u64) as usize]
}

/// One of some words.
pub(crate) fn word(words: &[&'static str], random: &mut Random) -> &'static str {
    words[random.below(words.len() as u64) as usize]
}

/// Letters as an address for e-mail has them.
pub(crate) fn ascii(name: &str) -> String {
    let plain = |letter: char| match letter {
        'ä' => "ae",
        'ö' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'á' | 'à' | 'ą' => "a",
        'ç' | 'ć' => "c",
        'é' | 'è' | 'ę' => "e",
        'í' => "i",
        'ł' => "l",
        'ñ' | 'ń' => "n",
        'ó' | 'ò' => "o",
        'ś' => "s",
        'ú' => "u",
        'ź' | 'ż' => "z",
        'Á' => "A",
        'É' => "E",
        'Ł' => "L",
        'Ż' => "Z",
        'ë' => "e",
        _ => "",
    };
    name.chars().fold(String::new(), |mut text, letter| {
        match letter {
            ' ' => text.push('.'),
            ascii if ascii.is_ascii() => text.push(ascii),
            other => text.push_str(plain(other)),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_letters_in_ascii() {
        for nation in &NATIONS {
            for name in [nation.women, nation.men, nation.families].concat() {
                let plain = ascii(name);
                assert!(
                    plain.is_ascii() && plain.len() >= name.chars().count(),
                    "{name}: {plain}"
                );
            }
        }
    }
}
