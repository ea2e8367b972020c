/** The names and conventions of a place. */
interface Culture {
  locale: string;
  timezone: string;
  /** True if the family name comes first. */
  familyFirst?: true;
  /** A name in another script has its Latin form after a bar. */
  given: string;
  family: string;
}

const cultureTexts: Culture[] = [
  {
    locale: 'en-US',
    timezone: 'America/New_York',
    given: 'Maya Ethan Grace Jordan Nora Caleb Imani Wyatt',
    family: "Bennett Okafor Reyes Whitaker O'Brien Coleman Hughes Sandoval",
  },
  {
    locale: 'de-DE',
    timezone: 'Europe/Berlin',
    given: 'Jörg Anneliese Matthias Greta Björn Käthe Lukas Frieda',
    family: 'Müller Schönfeld Weiß Krause Vogt Lindemann Böhm Hartwig',
  },
  {
    locale: 'fr-FR',
    timezone: 'Europe/Paris',
    given: 'Zoé Théo Amélie Rémi Hélène François Noémie Baptiste',
    family: 'Lefèvre Garnier Béranger Moulin Chevalier Perrault Dufresne Joubert',
  },
  {
    locale: 'pl-PL',
    timezone: 'Europe/Warsaw',
    given: 'Łukasz Agnieszka Paweł Zofia Michał Bożena Stanisław Hanna',
    family: 'Wójcik Zieliński Kowalczyk Dąbrowski Szymański Woźniak Król Piątek',
  },
  {
    locale: 'ja-JP',
    timezone: 'Asia/Tokyo',
    familyFirst: true,
    given: '咲良|sakura 健太|kenta 美咲|misaki 大輔|daisuke 陽子|yoko 翔太|shota 直美|naomi 隆史|takashi',
    family:
      '北川|kitagawa 山本|yamamoto 小林|kobayashi 佐藤|sato 藤田|fujita 森田|morita 清水|shimizu 岡田|okada',
  },
  {
    locale: 'pt-BR',
    timezone: 'America/Sao_Paulo',
    given: 'João Beatriz Thiago Luíza Antônio Camila Otávio Débora',
    family: 'Araújo Magalhães Teixeira Brandão Conceição Nogueira Leitão Sampaio',
  },
  {
    locale: 'es-MX',
    timezone: 'America/Mexico_City',
    given: 'Ximena Andrés Lucía Héctor Inés Raúl Sofía Joaquín',
    family: 'Ibáñez Núñez Cárdenas Villalobos Peña Zamora Quiñones Ríos',
  },
  {
    locale: 'hi-IN',
    timezone: 'Asia/Kolkata',
    given: 'Aarav Priya Rohan Ananya Vikram Kavya Arjun Meera',
    family: 'Deshpande Iyer Chatterjee Reddy Malhotra Nair Kulkarni Banerjee',
  },
  {
    locale: 'sv-SE',
    timezone: 'Europe/Stockholm',
    given: 'Åsa Björn Linnéa Håkan Märta Göran Elin Östen',
    family: 'Lindqvist Åkesson Sjöberg Nyström Hägglund Ekström Bäckman Öberg',
  },
  {
    locale: 'tr-TR',
    timezone: 'Europe/Istanbul',
    given: 'Ayşe Emre Gülşen Çağlar Elif Oğuz Işıl Kerem',
    family: 'Yılmaz Şahin Öztürk Çelik Doğan Güneş Aydın Kılıç',
  },
  {
    locale: 'ko-KR',
    timezone: 'Asia/Seoul',
    familyFirst: true,
    given: '민준|minjun 서연|seoyeon 지후|jihu 하은|haeun 도윤|doyun 수아|sua 예준|yejun 지민|jimin',
    family:
      '남궁|namgung 황보|hwangbo 제갈|jegal 선우|seonu 독고|dokgo 서문|seomun 사공|sagong 동방|dongbang',
  },
  {
    locale: 'en-GB',
    timezone: 'Europe/London',
    given: 'Imogen Rhys Priyanka Alasdair Niamh Tobias Oluwaseun Harriet',
    family: 'Ashworth Llewellyn MacGregor Adeyemi Thistlewood Fairclough Pemberton Whitlock',
  },
];

const cultures = cultureTexts.map((culture) => ({
  ...culture,
  given: culture.given.split(' ').map(nameWithLetters),
  family: culture.family.split(' ').map(nameWithLetters),
}));

export interface Person {
  given: string;
  family: string;
  displayName: string;
  /** The local part of the address: lower-case ASCII, unique for every index. */
  mailbox: string;
  locale: string;
  timezone: string;
}

/** The person with this number. Consecutive numbers give different cultures. */
export function fakePerson(index: number): Person {
  const culture = pick(cultures, index);
  const round = Math.floor(index / cultures.length);
  const [given, givenLetters] = pick(culture.given, round);
  const [family, familyLetters] = pick(culture.family, round + Math.floor(round / 8));
  const repeated = Math.floor(round / 64);
  return {
    given,
    family,
    displayName: culture.familyFirst ? `${family} ${given}` : `${given} ${family}`,
    mailbox: `${givenLetters}.${familyLetters}${repeated === 0 ? '' : repeated + 1}`,
    locale: culture.locale,
    timezone: culture.timezone,
  };
}

function nameWithLetters(text: string): [name: string, letters: string] {
  const [name = '', letters = asciiLetters(name)] = text.split('|');
  return [name, letters];
}

function asciiLetters(name: string): string {
  const plain = name.normalize('NFD').toLowerCase();
  return plain
    .replaceAll('ł', 'l')
    .replaceAll('ß', 'ss')
    .replaceAll('ı', 'i')
    .replace(/[^a-z]/g, '');
}

function pick<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError('Nothing to pick from');
  return item;
}
