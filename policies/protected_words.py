"""Words that tell of something protected, or of a stand-in for it, in twelve languages.

``word`` is a whole word, ``word*`` the beginning of one, ``*word*`` may stand anywhere inside one. Words are
written small and without accents; one with an accent is compared as it stands, since without it it means
something else. Japanese words stand anywhere, as nothing parts them. Reading names is ``names.py``.
"""
# ruff: noqa: RUF001  # Cyrillic letters are meant

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Theme = Literal[
    "age",
    "sex",
    "origin",
    "religion",
    "family",
    "health",
    "need",
    "pregnancy",
    "orientation",
    "union",
    "politics",
]

PROTECTED: Mapping[Theme, str] = {
    "age": """
        age aged ages birth* birthday dob yob born elder elders elderly boomer* millennial* youth
        alter alters* *geburt* jahrgang lebensalter minderjahrig* volljahrig* naissance*
        anniversaire edad* nacimiento* cumpleanos idade* nascimento* età nascita* compleanno
        leeftijd* *geboorte* verjaardag* wiek urodzen* urodzin* alder aldersgrupp* fodelse* yas yasi
        dogum* возраст* рожден* 年齢 生年月日 誕生日 年代
        """,
    "sex": """
        sex sexes gender* female* male males woman women salutation* honorific* title mrs mr
        pronoun* transgender* nonbinary *geschlecht* anrede* weiblich* mannlich* sexe civilite*
        femme* homme* sexo genero mujer hombre sesso genere geslacht* aanhef plec kön
        könstillhörighet* cinsiyet* пол гендер* 性別 敬称
        """,
    "origin": """
        race races racial ethnic* ethni* *ethnie nationalit* citizenship* indigenous tribal caste
        immigra* migrant* refugee* skin ancestry staatsangehorig* staatsburger* hautfarbe
        herkunftsland migrationshintergrund* raza etnia* etnic* nacionalidad* raca razza nazionalit*
        cittadinanza* etniciteit* narodowos* obywatelst* rasa etnisk* nationell medborgar* uyruk*
        irk etnik* milliyet* национальност* гражданств* этнич* раса 国籍 人種 民族
        """,
    "religion": """
        relig* faith church* muslim* islam* christian* catholic* jew jews jewish hindu* buddhis*
        sikh* atheis* konfession* kirchen* kirche croyance* creencia* crenca* geloof* wyznani*
        trosuppfattning* mezhep* inanc* религи* вероисповед* 宗教 信仰
        """,
    "family": """
        marital* married widow* divorc* spous* childless familienstand* verheirat* geschieden*
        matrimonial* celibataire* estado_civil etat_civil stato_civile civilstand* burgerlijke_staat
        stan_cywilny medeni* семейное_положение 婚姻 配偶者 既婚 未婚
        """,
    "health": """
        health disab* handicap* illness* disease* medical* medicat* patient patients allerg* deaf*
        blind wheelchair* diabet* cancer hiv mental impairment* autis* dyslex* depressi*
        *gesundheit* krank* *behinder* pflegegrad* sante maladie* invalidite* salud discapaci*
        enfermedad* minusval* saude deficienc* doenca* incapaci* salute malatti* invalidita*
        gezondheid* ziekte* arbeidsbeperking* zdrowi* zdrowot* niepelnospr* chorob* halsa halso*
        funktionsned* funktionshind* sjukdom* saglik* engelli* hastalik* здоров* инвалид* болезн*
        健康 障害者 障がい 病歴 病気
        """,
    "need": "accessibility vulnerable accommodation barrierefrei* accessibilite accesibilidad acessibilidade",
    "pregnancy": """
        pregnan* maternity paternity* schwanger* mutterschutz* grossesse* enceinte* maternite*
        embaraz* maternidad* gravid* incinta maternita* zwanger* ciaza ciazy hamile* gebelik*
        беремен* 妊娠
        """,
    "orientation": """
        orientation sexual* lgbt* gay lesbian* bisexual* homosex* queer sexuell* sexuel* sessual*
        seksu* geaardheid* cinsel* yonelim* сексуальн* 性的
        """,
    "union": """
        union unions unionized gewerkschaft* syndicat* syndical* sindicat* sindical* sindacat*
        sindacal* vakbond* zwiazkow* fackfor* fackligt* sendika* профсоюз* 労働組合 組合員
        """,
    "politics": """
        politic* politiqu* politis* politiek* politycz* parteizugehor* parteibuch* voter voters
        siyas* политич* 政治 政党
        """,
}
"""What rules may not act upon, by theme, in English, German, French, Spanish, Portuguese, Italian, Dutch,
Polish, Swedish, Turkish, Russian and Japanese."""

_PRIVACY = """
    privacy privacidad privacidade confidentialite confidentialité cookies cookie devolucion
    devoluciones reembolso retour retours seguridad seguranca empresa sla envio envios cancelacion
    precios tarifas precos password update
"""

INNOCENT: Mapping[str, str] = {
    "age": """
        account ticket tickets case cases domain order invoice device contract backlog message queue
        cache token session subscription tenure issue thread record stock debt asset password link
        data file page
        """,
    "ages": "ticket tickets backlog",
    "alter": "ego table konto ticket vertrag vertrags",
    "born": "cloud",
    "pays": "month monthly year yearly week quarter",
    "title": """
        job ticket page product book song issue window article movie track subject role work course
        project document post video campaign event listing item report contract tab slide chapter
        task thread message seo
        """,
    "mr": "count gitlab merge request id url link",
    "race": "condition track results car event bike ski horse",
    "races": "track results car event bike ski horse",
    "skin": "theme player app game device",
    "female": "connector plug thread",
    "male": "connector plug thread",
    "faith": "bad good",
    "health": """
        score scores account system service services server api endpoint cluster device check checks
        site tenant battery deployment integration monitor probe node database disk relationship
        """,
    "blind": "copy carbon spot spots test window roller",
    "mental": "model models",
    "accessibility": "page site api theme report audit",
    "accommodation": "booking hotel travel provider address listing type",
    "orientation": """
        screen page device image print camera photo video map display paper market layout session
        onboarding employee
        """,
    "union": "credit european eu square western pay station sql query type customs",
    "unions": "credit",
    "politica": _PRIVACY,
    "politicas": _PRIVACY,
    "politique": _PRIVACY,
    "politiques": _PRIVACY,
    "anniversaire": "contrat abonnement entreprise",
    "genero": "musical producto pelicula filme",
    "genere": "musicale prodotto film",
    "пол": "года месяца",
}
"""Companions beside which a word speaks of a thing, not of a person."""

PROXIES: Mapping[str, str] = {
    "where they live": """
        postcode* postal zip zipcode* plz postleitzahl* codigo_postal cap_code cep country* county
        district neighbourhood* neighborhood* locale region province pays pais paese land kraj ulke
        postnummer* страна индекс 郵便番号 国名 住所
        """,
    "what they are called": """
        firstname* first_name forename* surname* last_name lastname* vorname* nachname* prenom*
        nombre apellido* sobrenome* cognome* voornaam* achternaam* imie nazwisko* fornamn*
        efternamn* soyad* имя фамилия 氏名 名前
        """,
    "their address": "email_domain mail_domain emaildomain",
    "their phone number": "phone_prefix dial_code dialling_code area_code vorwahl phone_number indicatif",
    "their device": "device devices handset* browser user_agent operating_system phone_model endgerat*",
}
"""What stands in for something protected often enough to deserve a second look."""

FREE_TEXT = """
    subject description body comment comments message_text free_text freetext remark remarks notes
    note feedback_text betreff beschreibung kommentar bemerkung bemerkungen nachrichtentext
    commentaire commentaires objet asunto comentario comentarios assunto descricao oggetto commento
    omschrijving opmerking opmerkingen temat opis uwagi amne beskrivning aciklama konu тема описание
    комментарий 件名 本文 説明 コメント
"""
"""Fields that hold what somebody wrote in their own words."""
